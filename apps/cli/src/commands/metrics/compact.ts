import { type CompactReport, compactStore, type StoreSize } from "@giflab/backend-sqlite/operations";
import { formatNumber, formatQuantity, renderTable } from "@giflab/cli-kit";
import { OperationCommand } from "../../operation-command.ts";

export class MetricsCompact extends OperationCommand {
  static override summary = "Does all upkeep of the SQLite store that is due, now.";
  static override description =
    "Packs the hours that are over, rolls up old points to minutes and hours, deletes what is past its limits and gives the " +
    "space back. Programs do this little by little while they record; they may go on meanwhile.";
  static override examples = ["<%= config.bin %> metrics compact"];
  static override enableJsonFlag = true;

  async run(): Promise<CompactReport> {
    await this.parse(MetricsCompact);
    const store = await this.configuredStore();
    const report = await this.operate("compacting", (options) => compactStore({ ...store, ...options }));
    this.log(describe(report));
    if (report.leftToAnother) {
      process.stderr.write("another program is still sealing and rolling up: the rest is its\n");
    }
    return report;
  }
}

function describe({ dbPath, before, after }: CompactReport): string {
  const saved = before.bytes - after.bytes;
  const size = `${formatQuantity(before.bytes, "By")} before, ${formatQuantity(after.bytes, "By")} now`;
  const gain =
    saved > 0
      ? `saved ${formatQuantity(saved, "By")} (${formatNumber((saved / before.bytes) * 100, 3)} %)`
      : "nothing to save";
  const row = (what: string, of: (size: StoreSize) => number): string[] => [
    what,
    ...[before, after].map((one) => formatNumber(of(one), 15)),
  ];
  return [
    `${dbPath}: ${gain}, ${size}`,
    ...renderTable(
      [{ heading: "rows" }, { heading: "before", align: "right" }, { heading: "now", align: "right" }],
      [
        row("flushes not yet sealed", ({ rows }) => rows.hot),
        row("flushes, sealed", ({ rows }) => rows.sealed),
        row("minutes", ({ rows }) => rows.minutes),
        row("hours", ({ rows }) => rows.hours),
      ],
    ),
  ].join("\n");
}
