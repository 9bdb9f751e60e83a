import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SqliteBackend } from "@giflab/backend-sqlite";
import type { MetricSummary, NormalRange } from "@giflab/metrics-core";
import { describe, expect, test } from "vitest";
import { processingMetrics } from "../src/config/processing-metrics.ts";
import { CommandHome } from "./commands/cache/command-home.ts";

const RUNBOOK = join(import.meta.dirname, "../../../docs/runbook.md");
const TABLES = ["Cache Metrics", "Validation Cache Metrics", "Sampling Metrics", "Module Loading Metrics"] as const;
const KINDS: Readonly<Record<string, string>> = {
  Counter: "counter",
  Gauge: "gauge",
  Timer: "timer",
  Calculated: "derived",
};

interface DocumentedMetric {
  readonly name: string;
  readonly kind: string;
  readonly range: string;
}

/** The rows of the manual's four tables of metrics. */
function documentedMetrics(): DocumentedMetric[] {
  const sections = readFileSync(RUNBOOK, "utf8").split(/^### /m);
  return TABLES.flatMap((title) => {
    const section = sections.find((text) => text.startsWith(`${title}\n`)) ?? "";
    const rows = [...section.matchAll(/^\| `([\w.]+)` \| (\w+) \| [^|]+ \| ([^|]+) \|$/gm)];
    expect(rows.length, `rows of "${title}"`).toBeGreaterThan(2);
    return rows.map(([, name, type, range]) => ({ name: name!, kind: KINDS[type!]!, range: range!.trim() }));
  });
}

/** The ends of a range as the manual writes it, in the units that are recorded: `60-80 %`, `< 1 ms (hit)`, `0`. */
function endsOf(range: string): Pick<NormalRange, "min" | "max"> | undefined {
  if (range === "-") return undefined;
  const unit = range.includes("%") ? 0.01 : / ms\b/.test(range) ? 0.001 : 1;
  const [first, second] = [...range.matchAll(/\d+(?:\.\d+)?/g)].map(([number]) => Number(number) * unit);
  return second === undefined ? { max: first! } : { min: first!, max: second };
}

/** The number that a table shows of a series. */
function shownNumber({ kind, value, last, sum, p95 }: MetricSummary): number | undefined {
  return { derived: value, gauge: last, counter: sum, timer: p95, histogram: p95 }[kind];
}

describe("the manual's tables of metrics", () => {
  test("say of kind and normal range what the catalogue says", () => {
    const documented = documentedMetrics();
    expect(documented).toHaveLength(17);
    for (const { name, kind, range } of documented) {
      const definition = processingMetrics[name];
      expect.soft(definition?.kind, name).toBe(kind);
      const { min, max } = definition?.normalRange ?? {};
      const ends = definition?.normalRange === undefined ? undefined : { ...(min === undefined ? {} : { min }), max };
      expect.soft(ends, `${name}: ${range}`).toEqual(endsOf(range));
      expect.soft(definition?.normalRange?.better === "higher", `${name}: ${range}`).toBe(range.includes("higher"));
    }
  });

  test("hold nothing that two runs over the built-in samples, the first without caches to find, do not record", async () => {
    const home = new CommandHome();
    const cold = home.giflab("run", "--json");
    const warm = home.giflab("run", "--json");
    expect([cold, warm].map(({ exitCode, stderr }) => ({ exitCode, stderr: exitCode === 0 ? "" : stderr }))).toEqual([
      { exitCode: 0, stderr: "" },
      { exitCode: 0, stderr: "" },
    ]);
    const store = new SqliteBackend({ dbPath: join(home.cacheFolder, "metrics.db"), readonly: true });
    const summaries = await store.summaries({ from: 0, to: Date.now() / 1000 + 1 });
    await store.close();
    for (const { name, kind } of documentedMetrics()) {
      const series = summaries.filter((summary) => summary.name === name);
      expect.soft(series.length, `series of ${name}`).toBeGreaterThan(0);
      for (const summary of series) {
        const of = `${name} ${JSON.stringify(summary.tags)}`;
        expect.soft(summary.kind, of).toBe(kind);
        expect.soft(shownNumber(summary), of).toEqual(expect.any(Number));
        // What has a range is judged: but for the durations of other operations than hits.
        const judged =
          processingMetrics[name]!.normalRange !== undefined && (summary.tags["outcome"] ?? "hit") === "hit";
        if (judged && !summary.tags["operation"]?.match(/put|evict|clear/)) {
          expect.soft(summary.normal, of).toEqual(expect.any(Boolean));
        }
      }
    }
    const tags = (name: string, key: string) =>
      new Set(summaries.filter((summary) => summary.name === name).map((summary) => summary.tags[key]));
    expect(tags("cache.frame.hits", "tier")).toEqual(new Set(["memory", "disk"]));
    expect(tags("cache.validation.hit_rate", "metric_type").size).toBeGreaterThan(5);
    expect(tags("lazy_import.load_time", "module")).toContain("sharp");
    expect(tags("sampling.strategy_usage", "strategy").size).toBeGreaterThan(1);
  });
});
