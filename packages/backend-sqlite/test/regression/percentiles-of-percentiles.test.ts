import { SeededRandom, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { expect, it } from "vitest";
import { StoreFolder } from "../store-folder.ts";

const folder = new StoreFolder();

it("percentiles over many flushes and processes are those of all values, within 1 %", async () => {
  const random = new SeededRandom();
  const store = folder.open();
  const values: number[] = [];
  const instances = [new TestInstance(), new TestInstance(), new TestInstance()];
  for (let flush = 0; flush < 40; flush++) {
    for (const [i, instance] of instances.entries()) {
      // Busy and idle flushes weigh by what they hold: a mean of their percentiles would not.
      const some = Array.from(
        { length: flush % 7 === 0 ? 60 : 2 },
        () => 0.001 * (i + 1) * Math.exp(4 * random.next()),
      );
      values.push(...some);
      store.writeSync(instance.flush([timerPoint("load", some)]));
    }
  }
  values.sort((a, b) => a - b);
  const [load] = await store.summaries({ from: 0, to: instances[0]!.end });
  for (const [quantile, found] of [
    [0.5, load!.p50],
    [0.95, load!.p95],
    [0.99, load!.p99],
  ] as const) {
    const exact = values[Math.ceil(quantile * values.length) - 1]!;
    expect(Math.abs(found! / exact - 1), `seed ${random.seed}, p${quantile}`).toBeLessThan(0.01);
  }
});
