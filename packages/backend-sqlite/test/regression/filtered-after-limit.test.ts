import { counterPoint, TestInstance } from "@giflab/backend-testkit";
import { expect, it } from "vitest";
import { StoreFolder } from "../store-folder.ts";

const folder = new StoreFolder();

it("a tag filter and an export take everything that matches, however much else there is", async () => {
  const store = folder.open();
  const instance = new TestInstance();
  for (let flush = 0; flush < 60; flush++) {
    const points = Array.from({ length: 100 }, (_, i) => counterPoint("calls", 1, { tags: { i: String(i) } }));
    store.writeSync(instance.flush(points));
  }
  expect(await Array.fromAsync(store.points({ tags: { i: "99" } }))).toHaveLength(60);
  expect(await Array.fromAsync(store.points())).toHaveLength(6000);
  expect(await store.summaries({ from: 0, to: instance.end, tags: { i: "99" } })).toMatchObject([{ sum: 60 }]);
});
