import { loadRulesFile } from "@giflab/alerting";
import { Args, CommandError } from "@giflab/cli-kit";
import { isMetricsError } from "@giflab/metrics-core";
import { MetricsCommand } from "../../../metrics-command.ts";

/** What `metrics rules check --json` prints. */
export interface RulesCheckJson {
  readonly file: string;
  readonly rules: readonly string[];
}

export class MetricsRulesCheck extends MetricsCommand {
  static override summary = "Whether a rules file can be used; every problem is named with line and key.";
  static override description = "Exit code 0: it can, 2: it cannot.";
  static override examples = ["<%= config.bin %> metrics rules check giflab.rules.yaml"];
  static override enableJsonFlag = true;
  static override args = { FILE: Args.string({ required: true, description: "A rules file, YAML or JSON." }) };

  async run(): Promise<RulesCheckJson> {
    const { args } = await this.parse(MetricsRulesCheck);
    try {
      const rules = await loadRulesFile(args.FILE);
      this.log(`${args.FILE}: ${rules.length} ${rules.length === 1 ? "rule" : "rules"}, no problem`);
      return { file: args.FILE, rules: rules.map(({ name }) => name) };
    } catch (error) {
      if (isMetricsError(error)) throw new CommandError(error.message, undefined, { cause: error });
      throw error;
    }
  }
}
