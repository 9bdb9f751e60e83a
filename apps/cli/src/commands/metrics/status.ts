import { Flags } from "@giflab/cli-kit";
import { emptyWindowHint } from "../../empty-window.ts";
import { MetricsCommand } from "../../metrics-command.ts";
import { sourceFlags } from "../../reader-session.ts";
import {
  checkSelection,
  isOverview,
  metricFlag,
  selectorOf,
  serviceFlag,
  systemFlag,
  tagsFlag,
} from "../../selection.ts";
import { isQuiet, statusLines } from "../../status-report.ts";
import { paintStdout } from "../../status-table.ts";
import { type SummaryJson, summariesCsv, summaryJson } from "../../summary-output.ts";
import { describeWindow, resolveWindow, type TimeWindow, windowFlags } from "../../time-window.ts";

/** What `metrics status --json` prints. */
export interface StatusJson {
  readonly window: TimeWindow & { readonly seconds: number };
  readonly metrics: readonly SummaryJson[];
}

export class MetricsStatus extends MetricsCommand {
  static override summary = "What the monitored processes did in the last minutes.";
  static override description =
    "Counts and rates, gauges, percentiles and derived values of every process that writes to the store, running or ended, " +
    "beside their documented normal ranges.";
  static override examples = [
    "<%= config.bin %> metrics status",
    "<%= config.bin %> metrics status --system frame -w 60",
    "<%= config.bin %> metrics status --start -1d --end -1h --format csv",
  ];
  static override enableJsonFlag = true;
  static override flags = {
    ...windowFlags,
    ...sourceFlags,
    system: systemFlag(),
    metric: metricFlag(),
    service: serviceFlag(),
    tags: tagsFlag(),
    format: Flags.string({ options: ["table", "json", "csv"], default: "table", summary: "How to print it." }),
  };

  async run(): Promise<StatusJson> {
    const { flags } = await this.parse(MetricsStatus);
    const now = Date.now() / 1000;
    const window = resolveWindow(flags, now);
    const selector = selectorOf(flags);
    return await this.withReader(
      async (session) => {
        const { store, location } = session;
        const asTable = flags.format === "table" && !this.jsonEnabled();
        const collapseTags = asTable && isOverview(flags);
        const query = { ...window, ...selector, collapseTags };
        const metrics = await this.timed("query", () => store.summaries(query));
        this.trace(() => `${metrics.length} series ${describeWindow(window, now)}`);
        const quiet = isQuiet(metrics, window);
        if (quiet) await checkSelection(session, selector);
        const result = { window: { ...window, seconds: window.to - window.from }, metrics: metrics.map(summaryJson) };
        if (this.jsonEnabled()) return result;
        if (flags.format === "json") this.logJson(result);
        else if (flags.format === "csv") process.stdout.write(summariesCsv(metrics));
        else if (quiet) process.stderr.write(`${await emptyWindowHint(store, location, window, now)}\n`);
        else {
          this.log(
            statusLines(metrics, { window, location, now, collapsed: collapseTags, paint: paintStdout }).join("\n"),
          );
        }
        return result;
      },
      { flags },
    );
  }
}
