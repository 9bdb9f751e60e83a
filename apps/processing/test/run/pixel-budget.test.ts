import { expect, it } from "vitest";
import { PixelBudget, type ReturnPixels } from "../../src/run/pixel-budget.ts";

/** Lets everything that can go on go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

function takeAll(
  budget: PixelBudget,
  sizes: readonly number[],
): { started: number[]; back: Map<number, ReturnPixels> } {
  const started: number[] = [];
  const back = new Map<number, ReturnPixels>();
  for (const [at, size] of sizes.entries()) {
    void budget.take(size).then((giveBack) => {
      started.push(at);
      back.set(at, giveBack);
    });
  }
  return { started, back };
}

it("lets in what fits together, in the order in which it came", async () => {
  const { started, back } = takeAll(new PixelBudget(100), [40, 50, 30, 10]);
  await settle();
  expect(started).toEqual([0, 1]);
  back.get(0)!();
  await settle();
  expect(started).toEqual([0, 1, 2, 3]);
});

it("lets in what is larger than the budget when it is alone, and nothing beside it", async () => {
  const { started, back } = takeAll(new PixelBudget(100), [10, 1000, 5]);
  await settle();
  expect(started).toEqual([0]);
  back.get(0)!();
  await settle();
  expect(started).toEqual([0, 1]);
  back.get(1)!();
  await settle();
  expect(started).toEqual([0, 1, 2]);
});

it("takes pixels back once, however often they are returned", async () => {
  const { started, back } = takeAll(new PixelBudget(10), [10, 10, 10]);
  await settle();
  back.get(0)!();
  back.get(0)!();
  await settle();
  expect(started).toEqual([0, 1]);
});

it("refuses a limit below 1", () => {
  expect(() => new PixelBudget(0)).toThrow("limitPixels must be at least 1, got 0");
});
