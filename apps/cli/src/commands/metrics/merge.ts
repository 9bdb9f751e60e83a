import { type MergedSource, type MergeReport, mergeStores } from "@giflab/backend-sqlite/operations";
import { Args, CommandError, Flags, formatNumber, printable, renderTable } from "@giflab/cli-kit";
import { OperationCommand } from "../../operation-command.ts";

/** Exit code when something of a file could not be read and was left out. */
const DAMAGED = 1;

export class MetricsMerge extends OperationCommand {
  static override summary = "Merges the SQLite stores of other hosts, or copies of this one, into the store.";
  static override description =
    "The files are only read. What is there already is left as it is: merging a file again changes nothing, and a copy of " +
    "the store adds only what is new. Programs may record meanwhile. Metrics of another kind or unit are refused before " +
    "anything is written. Exit code 0 merged, 1 merged without what is damaged, 2 not merged.";
  static override examples = [
    "<%= config.bin %> metrics merge host-a.db host-b.db",
    "<%= config.bin %> metrics merge host-*.db --into fleet.db --max-size-mb 1000",
  ];
  static override enableJsonFlag = true;
  static override args = {
    FILES: Args.string({ multiple: true, required: true, description: "The files to merge." }),
  };
  static override flags = {
    into: Flags.string({ helpValue: "FILE", summary: "Merge into this file instead of the configured store." }),
    "max-size-mb": Flags.string({ helpValue: "MB", summary: "How large the store may become, from now on." }),
  };

  async run(): Promise<MergeReport> {
    const { args, flags } = await this.parse(MetricsMerge);
    const store = flags.into === undefined ? await this.configuredStore() : { dbPath: flags.into };
    const size = flags["max-size-mb"] === undefined ? {} : { maxSizeMb: megabytes(flags["max-size-mb"]) };
    const report = await this.operate("merging", (options) =>
      mergeStores({ ...store, ...size, ...options, sources: args.FILES }),
    );
    this.log(describe(report));
    const damage = report.sources.flatMap((source) => source.damage);
    for (const { where, problem, remedy } of damage) {
      process.stderr.write(`${printable(where)}: ${printable(problem)}: ${remedy}\n`);
    }
    if (damage.length > 0) process.exitCode = DAMAGED;
    return report;
  }
}

function megabytes(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new CommandError(`--max-size-mb takes a number of MB, got "${text}"`);
}

function describe({ dbPath, sources }: MergeReport): string {
  const number = (value: number): string => formatNumber(value, 15);
  const row = ({
    dbPath: path,
    rows,
    mergedRows,
    mergedPoints,
    expiredRows,
    inseparableRows,
  }: MergedSource): string[] => [
    printable(path),
    number(rows),
    number(mergedRows),
    number(mergedPoints),
    expiredRows === 0 ? "" : number(expiredRows),
    inseparableRows === 0 ? "" : number(inseparableRows),
  ];
  const total = sources.reduce((sum, { mergedRows }) => sum + mergedRows, 0);
  return [
    `${printable(dbPath)}: ${total === 0 ? "nothing new" : `${number(total)} ${total === 1 ? "row" : "rows"} merged`}`,
    ...renderTable(
      [
        { heading: "file" },
        { heading: "rows", align: "right" },
        { heading: "merged", align: "right" },
        { heading: "points", align: "right" },
        { heading: "too old", align: "right" },
        { heading: "left out as partly there", align: "right" },
      ],
      sources.map(row),
    ),
  ].join("\n");
}
