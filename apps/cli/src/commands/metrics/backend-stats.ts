import { formatDuration, formatNumber, formatQuantity, printable, renderTable } from "@giflab/cli-kit";
import type { StoreStats } from "@giflab/metrics-core";
import { MetricsCommand } from "../../metrics-command.ts";
import { formatTime } from "../../time-window.ts";

/** What `metrics backend-stats --json` prints. */
export interface BackendStatsJson extends StoreStats {
  readonly location: string;
}

export class MetricsBackendStats extends MetricsCommand {
  static override summary = "What the store holds: points, series, size, age.";
  static override examples = ["<%= config.bin %> metrics backend-stats"];
  static override enableJsonFlag = true;

  async run(): Promise<BackendStatsJson> {
    await this.parse(MetricsBackendStats);
    return await this.withStore(async ({ store, location }) => {
      const stats = await this.timed("stats", () => store.stats());
      const now = Date.now() / 1000;
      const moment = (time: number | undefined): string =>
        time === undefined ? "-" : `${formatTime(time)} (${formatDuration(Math.max(0, now - time))} ago)`;
      const rows = [
        ["backend", stats.backend],
        ["location", location],
        ["size", formatQuantity(stats.bytes, "By")],
        ["series", formatNumber(stats.series, 15)],
        ["points", formatNumber(stats.points, 15)],
        ["snapshots", formatNumber(stats.snapshots, 15)],
        ["processes", formatNumber(stats.instances, 15)],
        ["oldest", moment(stats.oldest)],
        ["newest", moment(stats.newest)],
        ...Object.entries(stats.details).map(([name, value]) => [name, String(value)]),
      ];
      this.log(
        renderTable(
          [{ heading: "" }, { heading: "" }],
          rows.map((row) => row.map(printable)),
        )
          .slice(1)
          .join("\n"),
      );
      return { location, ...stats };
    });
  }
}
