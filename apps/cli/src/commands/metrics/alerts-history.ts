import { AlertManager, type Transition } from "@giflab/alerting";
import { Flags, formatNumber, parseTime, printable, renderTable } from "@giflab/cli-kit";
import { MetricsCommand } from "../../metrics-command.ts";
import { sourceFlags } from "../../reader-session.ts";
import { formatTags } from "../../status-table.ts";
import { checkOrder, formatTime, type TimeWindow } from "../../time-window.ts";

/** What `metrics alerts history --json` prints. */
export interface AlertHistoryJson {
  readonly window: TimeWindow & { readonly seconds: number };
  /** The oldest first. */
  readonly transitions: readonly Transition[];
}

export class MetricsAlertsHistory extends MetricsCommand {
  static override summary = "When which alert began, changed and ended.";
  static override description =
    "What evaluations of any process have changed: those of metrics alerts, and those of programs that evaluate themselves. " +
    "Of each rule the last 200 changes are kept.";
  static override examples = ["<%= config.bin %> metrics alerts history --start -1d --rule eviction-rate"];
  static override enableJsonFlag = true;
  static override flags = {
    start: Flags.string({ default: "-7d", helpValue: "TIME", summary: "Begin here." }),
    end: Flags.string({ helpValue: "TIME", summary: "End here; now by default." }),
    rule: Flags.string({ helpValue: "RULE", summary: "Only of this rule." }),
    ...sourceFlags,
  };

  async run(): Promise<AlertHistoryJson> {
    const { flags } = await this.parse(MetricsAlertsHistory);
    const now = Date.now() / 1000;
    const [from, to] = [parseTime(flags.start, now), flags.end === undefined ? now : parseTime(flags.end, now)];
    checkOrder(from, to);
    return await this.withReader(
      async ({ state }) => {
        const manager = new AlertManager({ state });
        const transitions = await manager.history({
          from,
          to,
          ...(flags.rule === undefined ? {} : { rule: flags.rule }),
        });
        const window = { from, to, seconds: to - from };
        if (transitions.length === 0) {
          process.stderr.write(`no alert changed from ${formatTime(from)} to ${formatTime(to)}\n`);
        } else this.log(historyLines(transitions).join("\n"));
        return { window, transitions };
      },
      { flags },
    );
  }
}

/** The latest first, as that is what one looks for. */
function historyLines(transitions: readonly Transition[]): string[] {
  const rows = transitions
    .toReversed()
    .map(({ at, rule, metric, tags, from, to, level, value, reason }) => [
      formatTime(at),
      printable(rule),
      `${from} -> ${to}`,
      level,
      printable(metric),
      formatTags(tags),
      value === null ? printable(reason ?? "") : formatNumber(value),
    ]);
  const headings = ["When", "Rule", "What", "Level", "Metric", "Tags", "Value"];
  return renderTable(
    headings.map((heading) => ({ heading })),
    rows,
  );
}
