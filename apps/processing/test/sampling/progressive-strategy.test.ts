import { describe, expect, test } from "vitest";
import { seededRandom } from "../../src/gif/seeded-random.ts";
import { createSampler } from "../../src/sampling/frame-sampler.ts";
import type { FrameSequence } from "../../src/sampling/sampling-request.ts";
import { film, similarities } from "./film.ts";
import { levelFrames, stillFrames } from "./level-frames.ts";
import { SERIES } from "./series.ts";

const LONG = process.env["GIFLAB_TEST_LONG"] === "1";
const SEED = Number(process.env["GIFLAB_TEST_SEED"] ?? 4);
const value = (result: number): number => result;

/** Whether the interval that progressive sampling gives of a series holds the mean of all of it, and how much it looked at. */
async function covers(sequence: FrameSequence, series: readonly number[], targetCiWidth: number) {
  const sampler = createSampler({ defaultStrategy: "progressive", progressive: { targetCiWidth } });
  const { selection, mean } = await sampler.process(sequence, (index) => series[index]!, { value });
  const { lower, upper } = selection.confidenceInterval!;
  const full = series.reduce((sum, each) => sum + each, 0) / series.length;
  expect(upper - lower).toBeLessThanOrEqual(targetCiWidth);
  expect(mean).toBeCloseTo((lower + upper) / 2, 9);
  return { covered: full >= lower - 1e-12 && full <= upper + 1e-12, rate: selection.samplingRate };
}

describe("progressive sampling", () => {
  test("stops as soon as the metric's mean is known well enough", () => {
    const sampler = createSampler({ defaultStrategy: "progressive" });
    const steady = sampler.sample(stillFrames(200), { measure: () => 0.97 });
    expect(steady.metadata).toMatchObject({ iterations: 1, finalCiWidth: expect.closeTo(0, 12) });
    expect(steady.indices).toHaveLength(20);
    const wild = sampler.sample(stillFrames(200), { measure: (index) => ((index * 7919) % 100) / 50 });
    expect(wild.metadata).toMatchObject({ iterations: 5, finalCiWidth: 0 });
    expect(wild.indices).toHaveLength(200);
  });

  test("takes more frames for a narrower target", () => {
    const taken = (targetCiWidth: number): number =>
      createSampler({ defaultStrategy: "progressive", progressive: { targetCiWidth, maxIterations: 9 } }).sample(
        stillFrames(300),
        { measure: (index) => 0.9 + ((index * 7919) % 100) / 1000 },
      ).indices.length;
    expect(taken(0.02)).toBeGreaterThan(taken(0.05));
  });

  test("begins with the initial rate and adds the increment each time", async () => {
    const rounds: number[] = [];
    const config = { initialRate: 0.2, incrementRate: 0.15, maxIterations: 3, targetCiWidth: 0 };
    const sampler = createSampler({ defaultStrategy: "progressive", progressive: config });
    const concurrency = (frames: number): number => {
      rounds.push(frames);
      return 1;
    };
    await sampler.process(stillFrames(200), (index) => index % 7, { value, concurrency });
    expect(rounds.filter((frames) => frames > 0)).toEqual([40, 30, 30, 100]);
  });

  test("gives the interval of what it was told to measure, asking for each frame once", () => {
    const asked: number[] = [];
    const measure = (index: number): number => {
      asked.push(index);
      return 0.9 + (index % 2) / 50;
    };
    const { indices, confidenceInterval } = createSampler({ defaultStrategy: "progressive" }).sample(stillFrames(200), {
      measure,
    });
    expect(new Set(asked).size).toBe(asked.length);
    expect([...asked].sort((a, b) => a - b)).toEqual(indices);
    expect(indices.length).toBeLessThan(200);
    expect(confidenceInterval!.lower).toBeGreaterThan(0.89);
    expect(confidenceInterval!.lower).toBeLessThan(0.91);
    expect(confidenceInterval!.upper).toBeGreaterThan(0.91);
  });

  test("works on frames until the mean of what comes of it is known well enough", async () => {
    const sampler = createSampler({ defaultStrategy: "progressive" });
    const worked: number[] = [];
    const compare = async (index: number): Promise<{ ssim: number }> => {
      worked.push(index);
      return { ssim: 0.9 + (index % 5) / 100 };
    };
    const { selection, results } = await sampler.process(stillFrames(200), compare, { value: ({ ssim }) => ssim });
    expect(new Set(worked).size).toBe(worked.length);
    expect([...worked].sort((a, b) => a - b)).toEqual(selection.indices);
    expect(selection.metadata).toMatchObject({ iterations: 1 });
    expect(results).toEqual(selection.indices.map((index) => ({ ssim: 0.9 + (index % 5) / 100 })));
  });

  test("looks at every frame that begins a scene, and lets it stand for itself only", async () => {
    const scenes = levelFrames(Array.from({ length: 200 }, (_, at) => (Math.floor(at / 50) % 2 === 0 ? 0 : 4)));
    const starts = [0, 50, 100, 150];
    const sampler = createSampler({
      defaultStrategy: "progressive",
      progressive: { targetCiWidth: 0.01, maxIterations: 1 },
    });
    const first = (index: number): number => (starts.includes(index) ? 1 : 0.6);
    const { selection, mean } = await sampler.process(scenes, first, { value });
    expect(selection.indices.length).toBeLessThan(200);
    for (const start of starts) expect(selection.weights[selection.indices.indexOf(start)]).toBe(1);
    expect(mean).toBeCloseTo((4 + 196 * 0.6) / 200, 12);
  });

  test("measures the change from frame to frame when it is told nothing", () => {
    const levels = Array.from({ length: 100 }, (_, at) => (at % 2) * 4);
    const result = createSampler({ defaultStrategy: "progressive" }).sample(levelFrames(levels));
    expect(result.confidenceInterval!.upper).toBeGreaterThan(0.2);
  });
});

describe("the interval of progressive sampling", () => {
  test.each([0.1, 0.05, 0.02])(
    "holds the mean of all frames in at least 95 of 100 series, at a target of %d",
    async (target) => {
      const cases = LONG ? 2000 : 200;
      const kinds = Object.entries(SERIES);
      const missed: Record<string, number> = {};
      let covered = 0;
      for (let nth = 0; nth < cases; nth++) {
        const random = seededRandom(1000 * SEED + nth);
        const [name, make] = kinds[nth % kinds.length]!;
        const frames = 30 + Math.floor(300 * random());
        // A pixel of its own seeds the choice of frames, as the content of a GIF does.
        const pixel = Uint8ClampedArray.from({ length: 64 }, () => 256 * random());
        const sequence = { frames: Array.from({ length: frames }, () => ({ rgba: pixel })) };
        if ((await covers(sequence, make(frames, random), target)).covered) covered++;
        else missed[name] = (missed[name] ?? 0) + 1;
      }
      console.log(`seed ${SEED}, target ${target}: ${covered} of ${cases} covered, missed ${JSON.stringify(missed)}`);
      expect(covered / cases).toBeGreaterThanOrEqual(0.95);
    },
  );

  test("holds the mean similarity of compressed films in at least 95 of 100 cases", async () => {
    const films = LONG ? 200 : 12;
    const targets = [0.1, 0.05, 0.02];
    let [covered, rates] = [0, 0];
    for (let nth = 0; nth < films; nth++) {
      const animation = film(seededRandom(1000 * SEED + nth));
      const series = await similarities(animation);
      for (const target of targets) {
        const outcome = await covers(animation, series, target);
        if (outcome.covered) covered++;
        rates += outcome.rate;
      }
    }
    const cases = films * targets.length;
    console.log(
      `seed ${SEED}: ${covered} of ${cases} covered, ${Math.round((100 * rates) / cases)} % of frames compared`,
    );
    expect(covered / cases).toBeGreaterThanOrEqual(0.95);
    expect(rates / cases).toBeLessThan(0.9);
  });
});
