import { AlertManager, type AlertRuleOptions } from "@giflab/alerting";
import { configuredRules } from "@giflab/monitoring";
import { MetricsCommand } from "../../../metrics-command.ts";
import { ruleLines } from "../../../rule-lines.ts";
import { loadAllSettings } from "../../../settings.ts";

export class MetricsRulesList extends MetricsCommand {
  static override summary = "The alert rules that hold here.";
  static override description =
    "Those of the configuration's thresholds, of plugins and of giflab.rules.yaml, and those that programs have added in code.";
  static override enableJsonFlag = true;

  async run(): Promise<{ readonly rules: readonly AlertRuleOptions[] }> {
    await this.parse(MetricsRulesList);
    const { config, extensions } = await loadAllSettings();
    const given = await configuredRules(config, extensions);
    // Without a store there are the configured ones.
    const rules = await this.withStore(({ store }) => new AlertManager({ state: store, rules: given }).allRules(), {
      config,
    }).catch((error: unknown) => {
      process.stderr.write(`rules that programs have added are not shown: ${(error as Error).message}\n`);
      return given;
    });
    this.log(ruleLines(rules).join("\n"));
    return { rules: rules.map((rule) => rule.toJSON()) };
  }
}
