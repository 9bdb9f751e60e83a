import { createInterface } from "node:readline/promises";
import { CommandError, Flags, formatNumber, formatQuantity } from "@giflab/cli-kit";
import { MetricsCommand } from "../../metrics-command.ts";
import { formatTime } from "../../time-window.ts";

/** What `metrics clear --json` prints. */
export interface ClearJson {
  readonly cleared: boolean;
  readonly points: number;
}

export class MetricsClear extends MetricsCommand {
  static override summary = "Deletes everything recorded (alert rules and alert states stay).";
  static override description =
    "Asks first on a terminal; elsewhere it wants --yes. Processes that record meanwhile go on, with an empty store.";
  static override examples = ["<%= config.bin %> metrics clear", "<%= config.bin %> metrics clear --yes"];
  static override enableJsonFlag = true;
  static override flags = {
    yes: Flags.boolean({ char: "y", summary: "Do not ask." }),
    confirm: Flags.boolean({ summary: "The same as --yes." }),
  };

  async run(): Promise<ClearJson> {
    const { flags } = await this.parse(MetricsClear);
    return await this.withStore(
      async ({ store, location }) => {
        const { points, series, bytes, oldest, newest } = await store.stats();
        if (oldest === undefined || newest === undefined) {
          this.log(`${location} is empty: there is nothing to delete`);
          return { cleared: false, points: 0 };
        }
        const what =
          `${formatNumber(points, 15)} points of ${formatNumber(series, 15)} series (${formatQuantity(bytes, "By")}), ` +
          `${formatTime(oldest)} to ${formatTime(newest)}, in ${location}`;
        if (!flags.yes && !flags.confirm && !(await confirmed(what))) {
          process.stderr.write("nothing was deleted\n");
          return { cleared: false, points };
        }
        await this.timed("clear", () => store.clear());
        this.log(`deleted ${what}`);
        return { cleared: true, points };
      },
      { write: true },
    );
  }
}

async function confirmed(what: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CommandError(`this would delete ${what}: confirm with --yes`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`Delete ${what}? [y/N] `)).trim());
  } catch {
    // Ctrl-C or Ctrl-D at the question is a no.
    return false;
  } finally {
    terminal.close();
  }
}
