import { formatDuration, formatNumber, formatQuantity, printable, renderTable } from "@giflab/cli-kit";
import type { ReaderStats } from "@giflab/metrics-core";
import { MetricsCommand } from "../../metrics-command.ts";
import { sourceFlags } from "../../reader-session.ts";
import { formatTime } from "../../time-window.ts";

/** What `metrics backend-stats --json` prints. */
export interface BackendStatsJson extends ReaderStats {
  readonly location: string;
}

export class MetricsBackendStats extends MetricsCommand {
  static override summary = "What the store holds: points, series, size, age.";
  static override examples = ["<%= config.bin %> metrics backend-stats"];
  static override enableJsonFlag = true;
  static override flags = { ...sourceFlags };

  async run(): Promise<BackendStatsJson> {
    const { flags } = await this.parse(MetricsBackendStats);
    return await this.withReader(
      async ({ store, location }) => {
        const stats = await this.timed("stats", () => store.stats());
        const now = Date.now() / 1000;
        const moment = (time: number | undefined): string => (time === undefined ? UNKNOWN : momentText(time, now));
        const rows = [
          ["backend", stats.backend],
          ["location", location],
          ["size", stats.bytes === undefined ? UNKNOWN : formatQuantity(stats.bytes, "By")],
          ["series", count(stats.series)],
          ["points", count(stats.points)],
          ["snapshots", count(stats.snapshots)],
          ["processes", formatNumber(stats.instances, 15)],
          ["oldest", moment(stats.oldest)],
          ["newest", moment(stats.newest)],
          ...Object.entries(stats.details).map(([name, value]) => detailRow(name, value, now)),
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
      },
      { flags },
    );
  }
}

/** What the store cannot tell. */
const UNKNOWN = "-";

function count(number: number | undefined): string {
  return number === undefined ? UNKNOWN : formatNumber(number, 15);
}

/** How the details of our own stores read; those of others are shown as they are. */
const DETAILS: Readonly<Record<string, readonly [label: string, unit?: "By" | "B" | "d" | "h" | "MB"]>> = {
  path: ["file"],
  bytesPerPoint: ["size per sample", "B"],
  walBytes: ["log (WAL)", "By"],
  pageBytes: ["page size", "By"],
  freePages: ["free pages"],
  hotRows: ["rows: flushes, hot"],
  sealedRows: ["rows: flushes, sealed"],
  minuteRows: ["rows: minutes"],
  hourRows: ["rows: hours"],
  blocks: ["blocks"],
  rollupBlocks: ["blocks: rolled up"],
  journalMode: ["journal"],
  durability: ["durability"],
  schemaVersion: ["schema version"],
  retentionDays: ["limit: flushes and minutes", "d"],
  rawHours: ["limit: flushes", "h"],
  rollupDays: ["limit: hours", "d"],
  maxSizeMb: ["limit: size", "MB"],
  lastSeal: ["last seal"],
  lastRollUp: ["last roll-up"],
  lastCleanup: ["last clean-up"],
};

function detailRow(name: string, value: string | number | boolean, now: number): string[] {
  const [label, unit] = (Object.hasOwn(DETAILS, name) ? DETAILS[name] : undefined) ?? [name];
  if (typeof value === "number") {
    const text = unit === "By" ? formatQuantity(value, "By") : formatNumber(value, 15);
    return [label, unit === undefined || unit === "By" ? text : `${text} ${unit}`];
  }
  const moment = /^\d{4}-\d\d-\d\dT/.test(String(value)) ? Date.parse(String(value)) / 1000 : Number.NaN;
  return [label, Number.isNaN(moment) ? String(value) : momentText(moment, now)];
}

function momentText(time: number, now: number): string {
  return `${formatTime(time)} (${formatDuration(Math.max(0, now - time))} ago)`;
}
