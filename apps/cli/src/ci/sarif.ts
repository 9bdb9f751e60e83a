import type { Finding } from "./finding.ts";

const LEVELS = { failed: "error", warned: "warning", undecided: "note", passed: "none" } as const;

/** Findings as a SARIF 2.1.0 log (https://docs.oasis-open.org/sarif/sarif/v2.1.0/): a result for each that did not pass. */
export function sarifLog(findings: readonly Finding[], version: string): object {
  const rules = [...new Set(findings.map(({ name }) => name))];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "giflab", version, rules: rules.map((id) => ({ id })) } },
        results: findings
          .filter(({ outcome }) => outcome !== "passed")
          .map(({ name, outcome, message }) => ({
            ruleId: name,
            ruleIndex: rules.indexOf(name),
            level: LEVELS[outcome],
            message: { text: message },
          })),
      },
    ],
  };
}
