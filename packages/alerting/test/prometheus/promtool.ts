import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { type ExposedSeries, FLUSH_SECONDS } from "./recorded-world.ts";

/** An alert that fires, as `promtool test rules` expects it. */
export interface ExpectedAlert {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations?: Readonly<Record<string, string>>;
}

export interface RuleTest {
  readonly rules: string;
  readonly series: readonly ExposedSeries[];
  readonly evaluateEverySeconds: number;
  readonly expected: readonly {
    readonly seconds: number;
    readonly alertname: string;
    readonly alerts: readonly ExpectedAlert[];
  }[];
}

/** Rules without their messages, which are not what is compared. */
export function withoutAnnotations(rules: string): string {
  const file = parse(rules) as { groups: { rules: { annotations?: unknown }[] }[] };
  for (const group of file.groups) for (const rule of group.rules) delete rule.annotations;
  return JSON.stringify(file);
}

/** What `promtool check rules` says of rules: its exit code, and its output. */
export function checkRules(rules: string): { readonly code: number | null; readonly output: string } {
  return inFolder((folder) => {
    writeFileSync(join(folder, "rules.yml"), rules);
    return promtool(folder, ["check", "rules", "--lint=all", "--lint-fatal", "rules.yml"]);
  });
}

/** What `promtool test rules` says. */
export function testRules(test: RuleTest): { readonly code: number | null; readonly output: string } {
  const file = {
    rule_files: ["rules.yml"],
    evaluation_interval: `${test.evaluateEverySeconds}s`,
    tests: [
      {
        interval: `${FLUSH_SECONDS}s`,
        input_series: test.series.map(({ name, labels, values }) => ({
          series: `${name}{${Object.entries(labels)
            .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
            .join(",")}}`,
          values: [...values, Number.NaN]
            .map((value, at) => (at === values.length ? "stale" : (value ?? "_")))
            .join(" "),
        })),
        alert_rule_test: test.expected.map(({ seconds, alertname, alerts }) => ({
          eval_time: `${seconds}s`,
          alertname,
          exp_alerts: alerts,
        })),
      },
    ],
  };
  return inFolder((folder) => {
    writeFileSync(join(folder, "rules.yml"), test.rules);
    // JSON is YAML.
    writeFileSync(join(folder, "test.yml"), JSON.stringify(file));
    return promtool(folder, ["test", "rules", "test.yml"]);
  });
}

function promtool(cwd: string, args: readonly string[]): { readonly code: number | null; readonly output: string } {
  const { status, stdout, stderr, error } = spawnSync("promtool", args, { cwd, encoding: "utf8", timeout: 60_000 });
  return { code: status, output: error?.message ?? stdout + stderr };
}

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "giflab-promtool-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
