import { formatDuration, printable, renderTable } from "@giflab/cli-kit";
import type { MetricSummary } from "@giflab/metrics-core";
import { MetricsCommand } from "../../metrics-command.ts";
import { checkSelection, metricFlag, selectorOf, serviceFlag, systemFlag } from "../../selection.ts";

/** A metric the store knows, over all its series. */
export interface KnownMetric {
  readonly name: string;
  readonly kind: MetricSummary["kind"];
  readonly unit: string | null;
  readonly system: string | null;
  readonly description: string | null;
  readonly series: number;
  /** Epoch seconds of the last snapshot with it. */
  readonly lastSeen: number | null;
}

export class MetricsList extends MetricsCommand {
  static override summary = "The metrics that the store knows.";
  static override examples = ["<%= config.bin %> metrics list", "<%= config.bin %> metrics list --metric 'cache.*'"];
  static override enableJsonFlag = true;
  static override flags = { system: systemFlag(), metric: metricFlag(), service: serviceFlag() };

  async run(): Promise<{ readonly metrics: readonly KnownMetric[] }> {
    const { flags } = await this.parse(MetricsList);
    const selector = selectorOf(flags);
    return await this.withStore(async ({ store, location }) => {
      const now = Date.now() / 1000;
      const { oldest, newest } = await store.stats();
      if (oldest === undefined || newest === undefined) {
        if (!this.jsonEnabled())
          process.stderr.write(`${printable(location)} is empty: nothing has been recorded yet\n`);
        return { metrics: [] };
      }
      const query = { from: oldest - 1, to: Math.max(newest, now), ...selector };
      const metrics = byName(await this.timed("summaries", () => store.summaries(query)));
      if (metrics.length === 0) await checkSelection(store, selector);
      const columns = ["Metric", "Kind", "Unit", "System", "Series", "Last seen", "Description"];
      const rows = metrics.map(({ name, kind, unit, system, series, lastSeen, description }) => [
        printable(name),
        kind,
        printable(unit ?? ""),
        printable(system ?? ""),
        String(series),
        lastSeen === null ? "-" : `${formatDuration(Math.max(0, now - lastSeen))} ago`,
        printable(description ?? ""),
      ]);
      this.log(
        renderTable(
          columns.map((heading) => ({ heading })),
          rows,
        ).join("\n"),
      );
      return { metrics };
    });
  }
}

function byName(summaries: readonly MetricSummary[]): KnownMetric[] {
  return [...Map.groupBy(summaries, ({ name }) => name).values()].map((series) => {
    const { name, kind, unit, system, description } = series[0]!;
    const seen = series.map(({ lastSeen }) => lastSeen).filter((time) => time !== undefined);
    return {
      name,
      kind,
      unit: unit ?? null,
      system: system ?? null,
      description: description ?? null,
      series: series.length,
      lastSeen: seen.length === 0 ? null : Math.max(...seen),
    };
  });
}
