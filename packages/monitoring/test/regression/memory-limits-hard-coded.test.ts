import { channel } from "node:diagnostics_channel";
import { afterEach, expect, test } from "vitest";
import { getAlertManager, instrumentAllSystems } from "../../src/index.ts";
import { freshProcess } from "../fresh-process.ts";

afterEach(freshProcess);

// Usage was once compared with a fixed 500 MB, whatever the cache was given.
test.each([
  [1000, 450, []],
  [500, 450, ["warning"]],
  [460, 450, ["critical"]],
])("a cache of %d MB that uses %d is judged by its own limit", async (limit, used, levels) => {
  const { collector } = await instrumentAllSystems({
    env: {},
    cwd: "/",
    config: { monitoring: { backend: "memory" } },
  });
  channel("giflab:cache").publish({
    cache: "frame",
    operation: "put",
    seconds: 0.001,
    memoryBytes: used * 2 ** 20,
    memoryLimitBytes: limit * 2 ** 20,
  });
  await collector.flush();
  const { alerts } = await getAlertManager().evaluate();
  expect(alerts.filter(({ rule }) => rule === "memory-usage").map(({ level }) => level)).toEqual(levels);
});
