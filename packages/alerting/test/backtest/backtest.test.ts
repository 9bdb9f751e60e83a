import { gaugePoint, TEST_START, TestInstance } from "@giflab/backend-testkit";
import { MemoryBackend } from "@giflab/metrics-core";
import { expect, it } from "vitest";
import { AlertRule, backtest } from "../../src/index.ts";

it("a backtest ends, and says the same, whether or not somebody follows its progress", async () => {
  const store = new MemoryBackend();
  const instance = new TestInstance({ flushIntervalSeconds: 60 });
  for (let minute = 1; minute <= 20; minute++) {
    store.writeSync(instance.flush([gaugePoint("queue.size", minute > 5 && minute <= 10 ? 20 : 1)]));
  }
  const rule = new AlertRule({ name: "queue", metricPattern: "queue.size", warningThreshold: 10, window: "1m" });
  const options = { from: TEST_START, to: TEST_START + 1200, stepSeconds: 60 };
  const [result] = await backtest(store, [rule], options);
  expect(result).toMatchObject({
    episodes: [{ level: "warning", from: TEST_START + 360, to: TEST_START + 660, peak: 20 }],
    firingSeconds: 300,
    judged: 20,
  });
  const progress: number[] = [];
  const [followed] = await backtest(store, [rule], { ...options, onProgress: (done) => progress.push(done) });
  expect(followed).toEqual(result);
  expect(progress).toEqual(Array.from({ length: 20 }, (_, place) => place + 1));
});
