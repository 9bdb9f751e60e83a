import { ManualClock, MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AlertManager, type AlertReport, defaultAlertRules } from "../src/index.ts";

let clock: ManualClock;
let memory: MemoryBackend;
let collector: MetricsCollector;

beforeEach(() => {
  clock = new ManualClock();
  memory = new MemoryBackend();
  collector = new MetricsCollector({ backends: [memory], clock, service: "test", handleSignals: false });
  for (const [cache, groupBy] of [
    ["resize", []],
    ["validation", ["metric_type"]],
  ] as const) {
    const of = `cache.${cache}`;
    collector.define({
      [`${of}.hit_rate`]: { kind: "derived", formula: `${of}.hits / (${of}.hits + ${of}.misses)`, groupBy },
    });
  }
});

afterEach(() => collector.close());

const lookUps = (cache: string, counts: { hits: number; misses: number; avoidable?: number }, tags = {}): void => {
  collector.recordCounter(`cache.${cache}.hits`, counts.hits, { ...tags, tier: "memory" });
  collector.recordCounter(`cache.${cache}.misses`, counts.misses, tags);
  if (counts.avoidable !== undefined) {
    collector.counter(`cache.${cache}.avoidable_misses`, { tags }).add(counts.avoidable);
  }
};

const evaluate = async (): Promise<AlertReport> => {
  clock.advance(10);
  await collector.flush();
  const manager = new AlertManager({ reader: memory, state: memory, clock, rules: defaultAlertRules() });
  return manager.evaluate({ check: "cache-hit-rate" });
};

describe("the hit rate that alerts are about", () => {
  it("leaves out look-ups that no cache could have answered", async () => {
    lookUps("resize", { hits: 19, misses: 81, avoidable: 4 });
    expect(await evaluate()).toMatchObject({ status: "ok", evaluated: 1, alerts: [] });
  });

  it("is low when what was there before is not there any more, and says what it left out", async () => {
    lookUps("resize", { hits: 5, misses: 195, avoidable: 95 });
    const { alerts } = await evaluate();
    expect(alerts).toMatchObject([{ level: "critical", value: 0.05 }]);
    expect(alerts[0]!.message).toBe(
      "cache.resize.hit_rate is 5.0%, below 20%, 100 of 200 samples left out as unavoidable",
    );
  });

  it("is not judged on too few look-ups that a cache could have answered, and says so", async () => {
    lookUps("resize", { hits: 0, misses: 500, avoidable: 10 });
    const { status, noData } = await evaluate();
    expect(status).toBe("unknown");
    expect(noData[0]!.reason).toMatch(/^10 of at least 20 samples: the other 490 failed unavoidably/);
  });

  it("counts every miss where nobody says which were avoidable", async () => {
    lookUps("resize", { hits: 5, misses: 95 });
    expect((await evaluate()).alerts).toMatchObject([{ level: "critical", value: 0.05 }]);
  });

  it("leaves out at most the misses, when a sample of the look-ups estimates more", async () => {
    lookUps("resize", { hits: 30, misses: 70, avoidable: 128 });
    expect((await evaluate()).alerts).toMatchObject([{ level: "warning", value: 0.3 }]);
  });

  it("is each group's own", async () => {
    lookUps("validation", { hits: 5, misses: 95, avoidable: 95 }, { metric_type: "ssim" });
    lookUps("validation", { hits: 40, misses: 60, avoidable: 0 }, { metric_type: "mse" });
    const { alerts, evaluated } = await evaluate();
    expect(evaluated).toBe(2);
    expect(alerts).toMatchObject([{ tags: { metric_type: "ssim" } }]);
  });
});
