import { describeError, Flags, parseDuration } from "@giflab/cli-kit";
import type { SeriesSelector } from "@giflab/metrics-core";
import { emptyWindowHint } from "../../empty-window.ts";
import { LiveScreen } from "../../live-screen.ts";
import { MetricsCommand } from "../../metrics-command.ts";
import { type ReaderOptions, sourceFlags } from "../../reader-session.ts";
import { repeatLook } from "../../repeated-look.ts";
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
import { summaryJson } from "../../summary-output.ts";
import { formatTime } from "../../time-window.ts";

interface Look {
  readonly flags: ReaderOptions["flags"];
  readonly windowSeconds: number;
  readonly selector: SeriesSelector;
  readonly json: boolean;
  readonly collapseTags: boolean;
}

export class MetricsMonitor extends MetricsCommand {
  static override summary = "The status again and again, until --duration is over or Ctrl-C.";
  static override description =
    "On a terminal the table is redrawn in place; elsewhere every interval prints a block, with --json a line.";
  static override examples = [
    "<%= config.bin %> metrics monitor --interval 1",
    "<%= config.bin %> metrics monitor --duration 300 --interval 10",
  ];
  static override flags = {
    interval: Flags.string({
      char: "i",
      default: "5",
      helpValue: "DURATION",
      summary: "Between two looks: seconds or 1m.",
    }),
    duration: Flags.string({ char: "d", helpValue: "DURATION", summary: "End after this long; without it, run on." }),
    window: Flags.string({
      char: "w",
      default: "300",
      helpValue: "DURATION",
      summary: "How far back each look reaches.",
    }),
    system: systemFlag(),
    metric: metricFlag(),
    service: serviceFlag(),
    tags: tagsFlag(),
    ...sourceFlags,
    json: Flags.boolean({ summary: "One line of JSON per look, as in metrics status --json.", helpGroup: "GLOBAL" }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(MetricsMonitor);
    const interval = parseDuration(flags.interval);
    const duration = flags.duration === undefined ? Number.POSITIVE_INFINITY : parseDuration(flags.duration);
    const look: Look = {
      flags,
      windowSeconds: parseDuration(flags.window),
      selector: selectorOf(flags),
      json: flags.json,
      collapseTags: !flags.json && isOverview(flags),
    };
    const screen = new LiveScreen(process.stdout);
    try {
      await repeatLook({ interval, duration }, (first) => this.#show(look, screen, first));
    } finally {
      screen.end();
    }
  }

  /** One look. The store is opened anew each time, so that one that was deleted and made again is found. */
  async #show(
    { flags, windowSeconds, selector, json, collapseTags }: Look,
    screen: LiveScreen,
    first: boolean,
  ): Promise<void> {
    const now = Date.now() / 1000;
    const window = { from: now - windowSeconds, to: now };
    try {
      await this.withReader(
        async (session) => {
          const { store, location } = session;
          const query = { ...window, ...selector, collapseTags };
          const metrics = await this.timed("query", () => store.summaries(query));
          const quiet = isQuiet(metrics, window);
          if (first && quiet) await checkSelection(session, selector);
          if (json) {
            const look = { window: { ...window, seconds: windowSeconds }, metrics: metrics.map(summaryJson) };
            process.stdout.write(`${JSON.stringify(look)}\n`);
          } else if (quiet) {
            screen.draw([formatTime(now), await emptyWindowHint(store, location, window, now)]);
          } else {
            const view = { window, location, now, collapsed: collapseTags, paint: paintStdout };
            screen.draw([formatTime(now), ...statusLines(metrics, view)]);
          }
        },
        { flags },
      );
    } catch (error) {
      if (first) throw error;
      // What was readable may be so again: somebody may just be replacing the store.
      screen.draw([formatTime(now), describeError(error)]);
    }
  }
}
