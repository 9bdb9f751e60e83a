import { type Finding, type VerifyReport, verifyStore } from "@giflab/backend-sqlite/operations";
import { Args, formatNumber, printable } from "@giflab/cli-kit";
import { OperationCommand } from "../../operation-command.ts";

/** Exit code for a damaged store; 2 stays for what could not be checked. */
const DAMAGED = 1;

export class MetricsVerify extends OperationCommand {
  static override summary = "Checks a SQLite store to its last byte.";
  static override description =
    "SQLite's own check, what tables say of each other, every row and chunk unpacked and compared with its stored counts " +
    "and sums, and every process's sequence of flushes. Changes nothing. Exit code 0 sound, 1 damaged, 2 not checked.";
  static override examples = [
    "<%= config.bin %> metrics verify",
    "<%= config.bin %> metrics verify metrics-backup.db --json",
  ];
  static override enableJsonFlag = true;
  static override args = { FILE: Args.string({ description: "Another file than the configured store." }) };

  async run(): Promise<VerifyReport> {
    const { args } = await this.parse(MetricsVerify);
    const dbPath = args.FILE ?? (await this.configuredStore()).dbPath;
    const report = await this.operate("verifying", (options) => verifyStore({ dbPath, ...options }));
    this.log(describe(report));
    if (!report.sound) process.exitCode = DAMAGED;
    return report;
  }
}

function describe({ dbPath, sound, checked, damage, notes }: VerifyReport): string {
  const count = (value: number, what: string): string => `${formatNumber(value, 15)} ${what}${value === 1 ? "" : "s"}`;
  const verdict = sound
    ? "sound"
    : `damaged in ${count(damage.length, "place")}; run what stands below each with sqlite3, after a copy of the file`;
  return [
    ...damage.flatMap(lines),
    ...notes.flatMap((note) => lines({ ...note, where: `note: ${note.where}` })),
    `${printable(dbPath)}: ${verdict}`,
    `checked ${count(checked.rows, "row")}, ${count(checked.blocks, "block")} with ${count(checked.chunks, "chunk")}, ` +
      count(checked.points + checked.samples, "point"),
  ].join("\n");
}

function lines({ where, problem, remedy }: Finding): string[] {
  return [`${printable(where)}: ${printable(problem)}`, `  ${printable(remedy)}`];
}
