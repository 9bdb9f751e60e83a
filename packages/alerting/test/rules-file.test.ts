import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SeededRandom } from "@giflab/backend-testkit";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadRulesFile } from "../src/index.ts";
import { RULE_CHECKS } from "../src/rule-checks.ts";
import { parseRules } from "../src/rules-file.ts";
import { rulesSchema } from "../src/rules-schema.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rules-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

const COMPLETE = `
# yaml-language-server: $schema=./rules.schema.json
rules:
  - name: checkout-slow
    metricPattern: api.*.duration
    exclude: [api.health.duration]
    tags: { route: [/checkout, /pay*] }
    excludeTags: { zone: test }
    statistic: p99.9
    direction: above
    warningThreshold: 0.5
    criticalThreshold: 2
    warningClearThreshold: 0.4
    for: 5m
    keepFiringFor: 1h30m
    window: 600
    minSamples: 20
    noData: keep
    messageTemplate: "{metric} took {value:.2f}s"
    notifiers: [chat]
    labels: { team: images }
    runbookUrl: https://example.org/slow
  - name: slower-than-release
    metricPattern: api.read.duration
    warningThreshold: 1.2
    baseline: { file: baselines/1.0.json, minSamples: 10 }
`;

const problems = async (text: string, path = "giflab.rules.yaml"): Promise<string> => {
  try {
    await parseRules(text, path);
  } catch (error) {
    expect(error).toMatchObject({ code: "INVALID_OPTION" });
    return (error as Error).message;
  }
  return "none";
};

describe("a rules file", () => {
  it("makes the rules that code would make, in YAML and in JSON", async () => {
    const path = join(folder, "giflab.rules.yaml");
    writeFileSync(path, COMPLETE);
    const [slow, slower] = await loadRulesFile(path);
    expect(slow).toMatchObject({
      name: "checkout-slow",
      statistic: "p999",
      forSeconds: 300,
      keepFiringForSeconds: 5400,
      windowSeconds: 600,
      noData: "keep",
      notifiers: ["chat"],
      labels: { team: "images" },
    });
    expect(slower!.baseline).toMatchObject({ past: { kind: "file", path: join(folder, "baselines/1.0.json") } });
    const json = join(folder, "giflab.rules.json");
    writeFileSync(json, JSON.stringify({ $schema: "x", rules: [slow, slower] }));
    expect(await loadRulesFile(json)).toEqual([slow, slower]);
  });

  it("tells every problem with file, line, column and key", async () => {
    const text = `rules:
  - name: a
    metricPattern: m
    warningTreshold: 1
  - name: b
    metricPattern: m
    warningThreshold: 5
    criticalThreshold: 1
    direction: above
    for: soon
  - metricPattern: m
    warningThreshold: 1
`;
    expect(await problems(text, "conf/giflab.rules.yaml")).toBe(
      [
        "giflab.rules.yaml has 3 problems:",
        "  conf/giflab.rules.yaml:4:5: rules[0]: unknown option warningTreshold: did you mean warningThreshold?",
        '  conf/giflab.rules.yaml:10:5: rules[1]: for must be seconds (300) or numbers with units (90s, 5m, 2h, 1h30m, 7d), got "soon"',
        "  conf/giflab.rules.yaml:11:5: rules[2]: name is missing: it must be text of 1 to 200 characters",
      ].join("\n"),
    );
  });

  it.each([
    [
      "rules: [{ name: a, metricPattern: m }]",
      /yaml:1:9: rules\[0\]: warningThreshold or criticalThreshold is missing/,
    ],
    [
      "rules:\n- name: a\n  metricPattern: m\n  warningThreshold: 5\n  criticalThreshold: 1\n  direction: above",
      /:5:3: .*criticalThreshold must be at or above the warning threshold 5, got 1/,
    ],
    [
      "rules:\n- name: a\n  metricPattern: m\n  warningThreshold: 5\n  warningClearThreshold: 6",
      /:5:3: .*warningClearThreshold must be at or below the warning threshold 5, got 6/,
    ],
    [
      "rules:\n- name: a\n  metricPattern: m\n  warningThreshold: 5\n  criticalClearThreshold: 6",
      /:5:3: .*criticalClearThreshold needs criticalThreshold/,
    ],
    [
      "rules:\n- name: a\n  metricPattern: m\n  warningThreshold: 5\n  baseline: { offset: 1h, file: x }",
      /:5:27: .*baseline.offset and baseline.file cannot stand together/,
    ],
    [
      "rules:\n- name: a\n  metricPattern: m\n  warningThreshold: 5\n  baseline: {}\n  limit: { suffix: m, limitSuffix: l }",
      /:6:3: .*baseline and limit cannot stand in one rule/,
    ],
    [
      "rules:\n- name: a\n  metricPattern: m\n  warningThreshold: 5\n  limit: { suffix: x, limitSuffix: l }",
      /:5:12: .*limit.suffix must be the end of metricPattern m/,
    ],
    [
      "rules:\n- name: a\n  metricPattern: m\n  warningThreshold: 5\n  limit: { suffix: m }",
      /:5:3: .*limit.limitSuffix is missing/,
    ],
    [
      "rules:\n- name: a\n  metricPattern: m\n  warningThreshold: 5\n  messageTemplate: '{vlaue}'",
      /:5:3: .*unknown field \{vlaue\}/,
    ],
    ["rules:\n- &r { name: a, metricPattern: m, warningThreshold: 1 }\n- *r", /name "a" is that of rules\[0\] too/],
    ["rules: []\nrule: []", /:2:1: unknown key rule: did you mean rules\?/],
    ["rules: {}", /:1:1: a rules file is an object with a list of rules/],
    ["", /a rules file is an object/],
    ["rules:\n  - name: 'a", /yaml:2:.*[Mm]issing closing/],
    ["rules: []\nrules: []", /yaml:2:1: .*unique/],
    [
      "rules:\n- name: a\n  metricPattern: m\n  warningThreshold: .nan",
      /:4:3: .*warningThreshold must be a number, got NaN/,
    ],
    [
      "rules:\n- name: a\n  metricPattern: m\n  warningThreshold: 1\n  runbookUrl: javascript:alert(1)",
      /:5:3: .*runbookUrl must be an address/,
    ],
  ])("%j is refused", async (text, message) => {
    expect(await problems(text)).toMatch(message);
  });

  it("in the manual can be used as it stands there", async () => {
    const manual = readFileSync(new URL("../../../docs/alerts.md", import.meta.url), "utf8");
    const samples = [...manual.matchAll(/```yaml\n(.*?)```/gs)].map(([, sample]) => sample!);
    expect(samples).not.toEqual([]);
    for (const sample of samples) expect(await parseRules(sample, "giflab.rules.yaml")).not.toEqual([]);
    // Every option has its row in the manual's table.
    for (const option of Object.keys(RULE_CHECKS)) expect(manual).toMatch(new RegExp(`^\\|.*\`${option}\``, "m"));
  });

  it("that cannot be read is said to be so", async () => {
    await expect(loadRulesFile(join(folder, "none.yaml"))).rejects.toThrow(/none\.yaml cannot be read: ENOENT/);
  });
});

describe("the JSON schema", () => {
  it("is the shipped file", () => {
    const shipped = new URL("../rules.schema.json", import.meta.url);
    const schema = rulesSchema();
    // As the checks are: GIFLAB_UPDATE_SCHEMA=1 writes it anew, and `biome check --write` brings it into form.
    if (process.env["GIFLAB_UPDATE_SCHEMA"] === "1") writeFileSync(shipped, JSON.stringify(schema, null, 2));
    expect(JSON.parse(readFileSync(shipped, "utf8"))).toEqual(schema);
  });

  it("accepts and refuses what the reader does, of random changes to a complete rule", async () => {
    const validate = new Ajv({ strict: false }).compile(rulesSchema());
    const seeded = new SeededRandom();
    const { seed } = seeded;
    console.log(`rules schema: seed ${seed}`);
    const random = (): number => seeded.next();
    const { parse } = await import("yaml");
    const complete = parse(COMPLETE) as { rules: Record<string, unknown>[] };
    expect(validate(complete)).toBe(true);
    const odd = [
      undefined,
      null,
      true,
      -1,
      0,
      1,
      1.5,
      1e300,
      "",
      " ",
      "5m",
      "m5",
      "x",
      "1",
      [],
      ["x"],
      [1],
      {},
      { x: "y" },
      { x: [] },
    ];
    const keys = [...Object.keys(RULE_CHECKS), "nmae"];
    const seen = { good: 0, bad: 0 };
    for (let i = 0; i < 3000; i++) {
      const rule = structuredClone(complete.rules[Math.floor(random() * 2)]!);
      const key = keys[Math.floor(random() * keys.length)]!;
      const value = odd[Math.floor(random() * odd.length)];
      if (value === undefined) delete rule[key];
      else rule[key] = value;
      const file = { rules: [rule] };
      const message = await problems(JSON.stringify(file));
      // What options are together is not said in the schema.
      if (/cannot stand|must be at or|needs (warning|critical)|must be the end of metricPattern/.test(message))
        continue;
      const good = message === "none";
      seen[good ? "good" : "bad"]++;
      expect(validate(file), `seed ${seed}: ${key}: ${JSON.stringify(value)} gave ${message}`).toBe(good);
    }
    expect(Math.min(seen.good, seen.bad)).toBeGreaterThan(100);
  });
});
