import { type BackupReport, backupStore } from "@giflab/backend-sqlite/operations";
import { Args, Flags, formatQuantity } from "@giflab/cli-kit";
import { OperationCommand } from "../../operation-command.ts";

export class MetricsBackup extends OperationCommand {
  static override summary = "Copies the SQLite store into a file, while programs record.";
  static override description =
    "The copy is the state of one moment: it holds everything that was stored before the command began, and appears when " +
    "it is complete, or not at all. To use it, name it with GIFLAB_METRICS_DB, or merge it into a store.";
  static override examples = [
    "<%= config.bin %> metrics backup metrics-backup.db",
    "<%= config.bin %> metrics backup metrics-backup.db --force",
  ];
  static override enableJsonFlag = true;
  static override args = { FILE: Args.string({ required: true, description: "The file to make." }) };
  static override flags = { force: Flags.boolean({ char: "f", summary: "Replace the file if it is there." }) };

  async run(): Promise<BackupReport> {
    const { args, flags } = await this.parse(MetricsBackup);
    const store = await this.configuredStore();
    const report = await this.operate("backing up", (options) =>
      backupStore({ ...store, ...options, target: args.FILE, overwrite: flags.force }),
    );
    this.log(`copied ${report.dbPath} to ${report.target} (${formatQuantity(report.bytes, "By")})`);
    return report;
  }
}
