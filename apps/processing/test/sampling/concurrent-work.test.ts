import { expect, it } from "vitest";
import { createSampler } from "../../src/sampling/frame-sampler.ts";

const frames = (count: number) => ({
  frames: Array.from({ length: count }, () => ({ rgba: new Uint8ClampedArray(4) })),
});

/** Work that ends when it is told to, in any order. */
function openWork() {
  const open = new Map<number, () => void>();
  let most = 0;
  const work = (index: number): Promise<number> =>
    new Promise((resolve) => {
      open.set(index, () => resolve(index));
      most = Math.max(most, open.size);
      // The last to begin ends first, once others had the chance to begin.
      setImmediate(() => {
        const [last, finish] = [...open].at(-1)!;
        open.delete(last);
        finish();
      });
    });
  return { work, most: () => most };
}

it("works on as many frames at once as it is told, and has the results in order", async () => {
  const { work, most } = openWork();
  const asked: number[] = [];
  const concurrency = (count: number): number => {
    asked.push(count);
    return 4;
  };
  const { results, selection } = await createSampler().process(frames(20), work, { concurrency });
  expect(results).toEqual(selection.indices);
  expect(results).toHaveLength(20);
  expect(most()).toBe(4);
  expect(asked).toEqual([20]);
});

it("works on one frame after the other unless it is told otherwise", async () => {
  const { work, most } = openWork();
  await createSampler().process(frames(20), work);
  expect(most()).toBe(1);
});

it("works on the frames of a round at once where the next round depends on them", async () => {
  const { work, most } = openWork();
  const sampler = createSampler({ defaultStrategy: "progressive" });
  const { results } = await sampler.process(frames(100), work, { value: (index) => index % 7, concurrency: () => 5 });
  expect(most()).toBe(5);
  expect(results.length).toBeGreaterThan(5);
});

it("begins nothing new once a frame failed", async () => {
  const begun: number[] = [];
  const failing = createSampler().process(
    frames(20),
    async (index) => {
      begun.push(index);
      await new Promise(setImmediate);
      if (index === 1) throw new Error("broken frame");
    },
    { concurrency: () => 3 },
  );
  await expect(failing).rejects.toThrow("broken frame");
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(begun.length).toBeLessThanOrEqual(6);
});
