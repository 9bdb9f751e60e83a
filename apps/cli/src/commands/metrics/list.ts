import { Flags, formatDuration, parseDuration, printable, renderTable } from "@giflab/cli-kit";
import type { MetricSummary } from "@giflab/metrics-core";
import { emptyWindowHint } from "../../empty-window.ts";
import { MetricsCommand } from "../../metrics-command.ts";
import { sourceFlags } from "../../reader-session.ts";
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
  static override summary = "The metrics that the store knows, of the last day.";
  static override examples = ["<%= config.bin %> metrics list", "<%= config.bin %> metrics list --metric 'cache.*'"];
  static override enableJsonFlag = true;
  static override flags = {
    window: Flags.string({
      char: "w",
      default: "1d",
      helpValue: "DURATION",
      summary: "Metrics seen since: 1d, 7d, or seconds. A long window of a large store takes a while.",
    }),
    system: systemFlag(),
    metric: metricFlag(),
    service: serviceFlag(),
    ...sourceFlags,
  };

  async run(): Promise<{ readonly metrics: readonly KnownMetric[] }> {
    const { flags } = await this.parse(MetricsList);
    const selector = selectorOf(flags);
    return await this.withReader(
      async (session) => {
        const { store, location } = session;
        const now = Date.now() / 1000;
        const window = { from: now - parseDuration(flags.window), to: now };
        const metrics = byName(await this.timed("query", () => store.summaries({ ...window, ...selector })));
        if (metrics.length === 0) await checkSelection(session, selector);
        if (this.jsonEnabled()) return { metrics };
        if (metrics.length === 0) {
          process.stderr.write(`${await emptyWindowHint(store, location, window, now)}\n`);
          return { metrics };
        }
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
      },
      { flags },
    );
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
