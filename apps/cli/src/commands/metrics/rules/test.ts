import { loadRuleTestFile, type RuleTestResult, runRuleTests } from "@giflab/alerting";
import { Args, Flags } from "@giflab/cli-kit";
import type { Finding } from "../../../ci/finding.ts";
import { githubAnnotations } from "../../../ci/github.ts";
import { junitReport } from "../../../ci/junit.ts";
import { MetricsCommand } from "../../../metrics-command.ts";
import { ruleTestFailureLines } from "../../../rule-lines.ts";

/** What `metrics rules test --json` prints. */
export interface RulesTestJson {
  readonly passed: number;
  readonly failed: number;
  readonly tests: readonly RuleTestResult[];
}

export class MetricsRulesTest extends MetricsCommand {
  static override summary = "Runs unit tests of alert rules: what is recorded, and which alerts should fire when.";
  static override description =
    "Made-up processes record into a store of their own, and the rules are evaluated minute by minute; series are written as " +
    "for promtool (0+10x60). The manual has an example. Exit code 0: all pass, 1: some do not, 2: a file cannot be used.";
  static override examples = ["<%= config.bin %> metrics rules test rules.test.yaml"];
  static override enableJsonFlag = true;
  static override args = { FILE: Args.string({ required: true, description: "A file of rule tests, YAML or JSON." }) };
  static override flags = {
    format: Flags.string({
      options: ["table", "json", "github", "junit"],
      default: "table",
      summary: "How to print it.",
    }),
  };

  async run(): Promise<RulesTestJson> {
    const { args, flags } = await this.parse(MetricsRulesTest);
    const tests = await runRuleTests(await loadRuleTestFile(args.FILE));
    const failed = tests.filter(({ failures }) => failures.length > 0).length;
    const result = { passed: tests.length - failed, failed, tests };
    process.exitCode = failed > 0 ? 1 : 0;
    if (this.jsonEnabled()) return result;
    if (flags.format === "json") this.logJson(result);
    else if (flags.format === "junit") this.log(junitReport(tests.map(findingOf), "rules"));
    else if (flags.format === "github") {
      this.log([...githubAnnotations(tests.map(findingOf), "giflab metrics rules test"), totals(result)].join("\n"));
    } else {
      const lines = tests.flatMap(({ name, failures }) => [
        `${failures.length === 0 ? "ok  " : "FAIL"} ${name}`,
        ...failures.flatMap(ruleTestFailureLines),
      ]);
      this.log([...lines, totals(result)].join("\n"));
    }
    return result;
  }
}

function findingOf({ name, failures, expectations }: RuleTestResult): Finding {
  if (failures.length === 0) return { name, outcome: "passed", message: `${expectations} expectations hold` };
  return { name, outcome: "failed", message: failures.flatMap(ruleTestFailureLines).join("\n") };
}

function totals({ passed, failed }: RulesTestJson): string {
  return `${passed} passed, ${failed} failed`;
}
