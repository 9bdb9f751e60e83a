import { counterPoint, TestInstance } from "@giflab/backend-testkit";
import { expect, it } from "vitest";
import { StoreFolder } from "../store-folder.ts";

const folder = new StoreFolder();

it("tags that look alike as text are different series, and later flushes go on", async () => {
  const store = folder.open();
  const instance = new TestInstance();
  const points = (n: number) => [
    counterPoint("calls", n, { tags: { a: "x,b=y" } }),
    counterPoint("calls", n * 10, { tags: { a: "x", b: "y" } }),
    counterPoint("calls", n * 100, { tags: { a: 'x","b":"y' } }),
    counterPoint("calls", n * 1000, { tags: { "10": "z", "9": "z" } }),
  ];
  for (const n of [1, 2, 3]) store.writeSync(instance.flush(points(n)));
  const found = await folder.open({ readonly: true }).summaries({ from: 0, to: instance.end });
  const sums = new Map(found.map(({ tags, sum }) => [sum, tags]));
  expect(Object.fromEntries(sums)).toEqual({
    6: { a: "x,b=y" },
    60: { a: "x", b: "y" },
    600: { a: 'x","b":"y' },
    6000: { "9": "z", "10": "z" },
  });
});

it("the order in which a process gives its tags makes no other series", async () => {
  const store = folder.open();
  for (const tags of [
    { b: "2", a: "1" },
    { a: "1", b: "2" },
  ]) {
    const point = counterPoint("calls", 1);
    store.writeSync(new TestInstance().flush([{ ...point, series: { ...point.series, tags } }]));
  }
  expect((await store.stats()).series).toBe(1);
});
