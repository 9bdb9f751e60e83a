import { TestInstance, timerPoint } from "@giflab/backend-testkit";
import { expect, it } from "vitest";
import { StoreFolder } from "../store-folder.ts";

const folder = new StoreFolder();

it("a timer of 0.2 s comes back as 0.2 s from every query", async () => {
  const store = folder.open();
  const instance = new TestInstance();
  store.writeSync(instance.flush([timerPoint("load", [0.2])]));
  const window = { from: 0, to: instance.end };
  expect(await store.summaries(window)).toMatchObject([
    { unit: "s", sum: 0.2, min: 0.2, max: 0.2, p50: 0.2, last: 0.2 },
  ]);
  const [series] = await store.series({ from: instance.end - 10, to: instance.end, stepSeconds: 10, statistic: "max" });
  expect(series?.points).toEqual([[instance.end, 0.2]]);
  expect(await Array.fromAsync(store.points())).toMatchObject([{ unit: "s", sum: 0.2, max: 0.2 }]);
});
