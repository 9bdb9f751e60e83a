import { SeededRandom } from "@giflab/backend-testkit";
import { ManualClock, MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { expect, it } from "vitest";
import { AlertManager, AlertRule, type AlertRuleOptions, type NoDataPolicy } from "../src/index.ts";
import { type Look, naiveStates } from "./naive-level.ts";

const STEP = 30;
const POLICIES: readonly NoDataPolicy[] = ["report", "ok", "warning", "critical"];

/** Whether the conditions of both levels hold at each step, told from values (`undefined`: nothing was recorded). */
function naiveLooks(options: AlertRuleOptions, values: readonly (number | undefined)[], begin: number) {
  const looks: { warning: Look[]; critical: Look[] } = { warning: [], critical: [] };
  for (const level of ["warning", "critical"] as const) {
    const threshold = options[`${level}Threshold`]!;
    const clear = options[`${level}ClearThreshold`] ?? threshold;
    values.forEach((value, i) => {
      const at = begin + (i + 1) * STEP;
      const times = { forSeconds: Number(options.for), keepFiringForSeconds: Number(options.keepFiringFor) };
      // Once it fires, the clear threshold counts.
      const fires = naiveStates(looks[level], times).at(-1) === "firing";
      const noData = options.noData === level || options.noData === "critical";
      looks[level].push({ at, active: value === undefined ? noData : value > (fires ? clear : threshold) });
    });
  }
  return looks;
}

it("agrees with a naive model over random series, evaluated as by a cron job: every time by another manager", async () => {
  const seeded = new SeededRandom();
  const { seed } = seeded;
  console.log(`rule states: seed ${seed}`);
  const random = (): number => seeded.next();
  const rounds = process.env["GIFLAB_TEST_LONG"] === "1" ? 100 : 10;
  const seen = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
    const options: AlertRuleOptions = {
      name: "load",
      metricPattern: "load",
      statistic: "max",
      window: STEP,
      warningThreshold: 5,
      criticalThreshold: 8,
      ...(random() < 0.5 ? { warningClearThreshold: 4, criticalClearThreshold: 6 } : {}),
      for: round === 0 ? 60 : pick([0, 60, 150]),
      keepFiringFor: pick([0, 60, 150]),
      noData: pick(POLICIES),
    };
    const clock = new ManualClock();
    const memory = new MemoryBackend();
    const collector = new MetricsCollector({ backends: [memory], clock, service: "test", handleSignals: false });
    const timer = collector.timer("load");
    const begin = clock.now();
    let level = 5;
    const values = Array.from({ length: 120 }, () => {
      level = Math.min(10, Math.max(1, level + (random() - 0.5) * 4));
      return random() < 0.1 ? undefined : level;
    });
    // Before the series is known there is none to compare.
    values[0] ??= 5;
    const looks = naiveLooks(options, values, begin);
    const times = { forSeconds: Number(options.for), keepFiringForSeconds: Number(options.keepFiringFor) };
    const [warning, critical] = [naiveStates(looks.warning, times), naiveStates(looks.critical, times)];
    for (const [i, value] of values.entries()) {
      if (value !== undefined) timer.record(value);
      clock.advance(STEP);
      await collector.flush();
      const rules = [new AlertRule(options)];
      const { alerts, status } = await new AlertManager({ reader: memory, state: memory, clock, rules }).evaluate();
      const got = alerts.map((alert) => `${alert.level} ${alert.state}`);
      const want = expected(warning[i]!, critical[i]!);
      expect(got, `step ${i} of round ${round} of seed ${seed}: ${JSON.stringify(options)}`).toEqual(want);
      if (want[0]?.endsWith("firing")) expect(status).toBe(want[0].split(" ")[0]);
      seen.add(want[0] ?? "none");
    }
    await collector.close();
  }
  expect(seen.size).toBeGreaterThanOrEqual(4);
});

function expected(warning: string, critical: string): string[] {
  for (const state of ["firing", "pending"]) {
    if (critical === state) return [`critical ${state}`];
    if (warning === state) return [`warning ${state}`];
  }
  return [];
}
