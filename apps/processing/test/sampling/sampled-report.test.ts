import { afterEach, describe, expect, test } from "vitest";
import { measureQuality } from "../../src/comparison/measure-quality.ts";
import { decodeGifBytes } from "../../src/gif/decode-gif.ts";
import { seededRandom } from "../../src/gif/seeded-random.ts";
import { PRESETS } from "../../src/pipeline/preset.ts";
import { renderPipeline } from "../../src/pipeline/render-pipeline.ts";
import { openServices } from "../../src/run/open-services.ts";
import { Pause } from "../../src/run/pause.ts";
import type { PipelineServices } from "../../src/run/pipeline-services.ts";
import type { FrameSamplingConfig, SamplingStrategy } from "../../src/sampling/sampling-config.ts";
import { recordMessages } from "../caching/recorded-messages.ts";
import { film } from "./film.ts";

const opened: PipelineServices[] = [];

afterEach(async () => {
  for (const services of opened.splice(0)) await services.close();
});

async function report(defaultStrategy: SamplingStrategy, frameSampling: FrameSamplingConfig = {}) {
  const off = { enabled: false };
  const services = await openServices({
    frameCache: off,
    validationCache: off,
    frameSampling: { defaultStrategy, ...frameSampling },
    workers: 1,
  });
  opened.push(services);
  return await measureQuality(original, decodeGifBytes(bytes), services, new Pause());
}

const original = film(seededRandom(30));
const [pipeline] = PRESETS.get("quick-test")!.pipelines;
const { bytes } = await renderPipeline({ frames: original }, pipeline!, pipeline!.parameters);
const full = await report("full");

describe("a report of sampled frames", () => {
  test.each(["uniform", "adaptive", "scene_aware", "progressive"] as const)(
    "has with %s nearly the means of all frames, from fewer, and tells by which strategy",
    async (strategy) => {
      const messages = recordMessages("giflab:sampling");
      const { metrics, framesCompared, sampling } = await report(strategy);
      expect(full.framesCompared).toBeGreaterThan(50);
      expect(framesCompared).toBeLessThan(0.6 * full.framesCompared);
      expect(sampling.indices).toHaveLength(framesCompared);
      expect(sampling.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(full.framesCompared);
      expect(Math.abs(metrics.ssim.mean - full.metrics.ssim.mean)).toBeLessThan(0.01);
      expect(metrics.ssim.std).toBeCloseTo(full.metrics.ssim.std, 1);
      const { lower, upper } = sampling.confidenceInterval!;
      expect(metrics.ssim.mean).toBeCloseTo((lower + upper) / 2, 9);
      expect(messages).toEqual([
        {
          strategy,
          framesTotal: full.framesCompared,
          framesSampled: framesCompared,
          seconds: expect.any(Number),
          speedupFactor: expect.any(Number),
          confidenceIntervalWidth: expect.closeTo(upper - lower, 12),
        },
      ]);
    },
  );

  test("compares a share of the result's frames, not of the moments of the original that show them", async () => {
    const { framesCompared } = await report("uniform", { uniform: { samplingRate: 0.2 } });
    expect(original.frames.length).toBeGreaterThan(1.8 * full.framesCompared);
    expect(framesCompared).toBe(Math.floor(0.2 * full.framesCompared));
  });
});
