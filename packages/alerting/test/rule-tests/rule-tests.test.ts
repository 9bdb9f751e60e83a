import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseRuleTests } from "../../src/rule-tests/rule-test-file.ts";
import { type RuleTestResult, runRuleTests } from "../../src/rule-tests/run-rule-tests.ts";

const RULES = `
rules:
  - name: queue
    metricPattern: queue.*
    statistic: last
    warningThreshold: 10
    criticalThreshold: 20
    for: 2m
    messageTemplate: "{metric} is {value:.0f}"
  - name: errors
    metricPattern: errors
    warningThreshold: 0.5
    window: 2m
  - name: slow
    metricPattern: load
    criticalThreshold: 1
    minSamples: 10
  - name: hit-rate
    metricPattern: hit_rate
    direction: below
    warningThreshold: 0.5
`;

describe("tests of rules", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "giflab-rule-tests-"));
    writeFileSync(join(folder, "giflab.rules.yaml"), RULES);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = async (tests: string): Promise<readonly RuleTestResult[]> =>
    runRuleTests(await parseRuleTests(`ruleFiles: [giflab.rules.yaml]\n${tests}`, join(folder, "tests.yaml")));

  it("pass when exactly the expected alerts fire at the times given", async () => {
    const results = await run(`
metrics:
  hit_rate: { formula: hits / (hits + misses) }
tests:
  - name: a queue that grows
    inputSeries:
      - { metric: queue.size, kind: gauge, tags: { lane: a }, values: 0+4x8 }
      - { metric: queue.size, kind: gauge, tags: { lane: b }, values: 1x8 }
    alertRuleTest:
      - { evalTime: 4m, rule: queue, expAlerts: [], expPending: [{ level: warning, tags: { lane: a } }] }
      - evalTime: 5m
        rule: queue
        expAlerts: [{ level: warning, metric: queue.size, tags: { lane: a }, message: queue.size is 20 }]
      - { evalTime: 8m, rule: queue, expAlerts: [{ level: critical }] }
  - name: rates, percentiles and derived metrics
    interval: 30s
    inputSeries:
      - { metric: errors, kind: counter, values: 0x4 0+30x10 }
      - { metric: load, kind: timer, calls: 5, values: 0.1x4 2x10 }
      - { metric: hits, kind: counter, instance: x, values: 0+1x20 }
      - { metric: misses, kind: counter, instance: y, values: 0+3x20 }
    alertRuleTest:
      - { evalTime: 2m, rule: errors }
      - { evalTime: 6m, rule: errors, expAlerts: [{ level: warning }] }
      - { evalTime: 30s, rule: slow, expAlerts: [] }
      - { evalTime: 6m, rule: slow, expAlerts: [{ level: critical }] }
      - { evalTime: 5m, rule: hit-rate, expAlerts: [{ level: warning, metric: hit_rate }] }
`);
    expect(results).toEqual([
      { name: "a queue that grows", expectations: 3, failures: [] },
      { name: "rates, percentiles and derived metrics", expectations: 5, failures: [] },
    ]);
  });

  it("fail with what was expected and what was found, and where the expectation is", async () => {
    const [result] = await run(`tests:
  - inputSeries:
      - { metric: queue.size, kind: gauge, values: 15x10 }
    alertRuleTest:
      - { evalTime: 1m, rule: queue, expAlerts: [{ level: warning }] }
      - { evalTime: 3m, rule: queue }
      - { evalTime: 3m, rule: queue, expAlerts: [{ level: warning, tags: { lane: a } }] }
      - { evalTime: 3m, rule: queue, expAlerts: [{ level: warning }, { level: warning }] }
`);
    expect(result!.failures).toEqual([
      {
        place: `${folder}/tests.yaml:6:9`,
        rule: "queue",
        evalTime: 60,
        state: "firing",
        expected: [{ level: "warning" }],
        got: [],
      },
      expect.objectContaining({
        evalTime: 180,
        expected: [],
        got: [{ level: "warning", metric: "queue.size", tags: {}, message: "queue.size is 15" }],
      }),
      expect.objectContaining({ expected: [{ level: "warning", tags: { lane: "a" } }] }),
      expect.objectContaining({ expected: [{ level: "warning" }, { level: "warning" }] }),
    ]);
  });

  it("know restarted counters, processes that end and calls one by one", async () => {
    const results = await run(`tests:
  - inputSeries:
      - { metric: errors, kind: counter, values: 60 120 60 120 180 }
      - { metric: load, kind: timer, values: [[2, 2, 2, 2, 2, 2, 2, 2, 2, 2], null, []] }
      - { metric: queue.size, kind: gauge, instance: short, values: 15x3 }
    alertRuleTest:
      - { evalTime: 3m, rule: errors, expAlerts: [{ level: warning }] }
      - { evalTime: 0, rule: slow, expAlerts: [{ level: critical }] }
      - { evalTime: 3m, rule: queue, expAlerts: [{ level: warning }] }
      - { evalTime: 20m, rule: queue }
`);
    expect(results[0]!.failures).toEqual([]);
  });

  it("name every problem of their file with its line", async () => {
    const problems = `tests:
  - inputSeries:
      - { metric: queue.size, kind: guage, values: 1x3 }
      - { metric: errors, kind: counter, values: 1y3 }
      - { metric: errors, kind: counter, values: [[1]] }
    alertRuleTests: []
  - alertRuleTest: [{ evalTime: soon, rule: queue, expAlerts: [{ level: info }] }]
`;
    const error = await run(problems).catch((reason: Error) => reason);
    const at = (line: number, text: string) => expect.stringMatching(new RegExp(`tests\\.yaml:${line}:\\d+: ${text}`));
    const lines = (error as Error).message.split("\n");
    expect(lines).toEqual([
      "tests.yaml has 8 problems:",
      at(3, "tests\\[0\\]: alertRuleTest is missing"),
      at(4, 'tests\\[0\\].inputSeries\\[0\\]: kind must be one of counter, gauge, histogram, timer, got "guage"'),
      at(5, 'cannot read "1y3"'),
      at(6, "values of a counter must be one number per flush"),
      at(7, "tests\\[0\\]: unknown option alertRuleTests: did you mean alertRuleTest"),
      at(8, "tests\\[1\\]: inputSeries is missing"),
      at(8, "tests\\[1\\].alertRuleTest\\[0\\]: evalTime must be seconds"),
      at(8, "tests\\[1\\].alertRuleTest\\[0\\].expAlerts\\[0\\]: level must be one of warning, critical"),
    ]);
  });

  it("refuse an expectation of a rule that there is not: it would pass for one that does not fire", async () => {
    const expectation = "tests: [{ inputSeries: [], alertRuleTest: [{ evalTime: 1m, rule: queu }] }]";
    await expect(run(expectation)).rejects.toThrow(
      /tests\.yaml:2:\d+: there is no alert rule "queu": did you mean queue/,
    );
  });
});
