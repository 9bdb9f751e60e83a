import type { Animation } from "../pipeline/animation.ts";
import { FRAME_METRICS, type FrameMetric } from "../quality/frame-metrics.ts";
import type { PictureSize } from "../quality/resize-area.ts";
import type { PipelineServices } from "../run/pipeline-services.ts";
import type { MetricValues } from "../workers/pixel-job.ts";
import { WorkerError } from "../workers/worker-error.ts";
import type { FramePair } from "./align-frames.ts";
import { ComparedFrame } from "./compared-frame.ts";
import type { Turns } from "./turns.ts";

/** What all pairs of one comparison have in common. */
export interface ComparisonSetting {
  readonly original: Animation;
  readonly result: Animation;
  readonly services: PipelineServices;
  readonly pause: Turns;
}

/** The smaller of both sides' widths and heights: the size frames are compared at. */
export function comparedSize({ original, result }: Pick<ComparisonSetting, "original" | "result">): PictureSize {
  return { width: Math.min(original.width, result.width), height: Math.min(original.height, result.height) };
}

/**
 * Measures one pair of frames: what the validation cache knows is taken from there, the rest is worked out here or, with
 * `threads`, by the pool. The cache is asked and told in this thread either way.
 */
export async function comparePair(
  pair: FramePair,
  metrics: readonly FrameMetric[],
  setting: ComparisonSetting,
  threads: boolean,
): Promise<MetricValues> {
  const { original, result, services } = setting;
  const size = comparedSize(setting);
  const before = new ComparedFrame(original, pair.original, { size, services, isOriginal: true });
  const after = new ComparedFrame(result, pair.result, { size, services, isOriginal: false });
  try {
    const values: Partial<Record<FrameMetric, number>> = {};
    const missing: FrameMetric[] = [];
    for (const name of metrics) {
      const known = services.knownMetric(name, before, after);
      if (known === undefined) missing.push(name);
      else values[name] = known;
    }
    if (missing.length > 0) {
      const measured = await measure(before, after, missing, setting, threads);
      for (const name of missing) {
        services.keepMetric(name, before, after, measured[name]!);
        values[name] = measured[name]!;
      }
    }
    return values;
  } finally {
    before.release();
    after.release();
  }
}

async function measure(
  before: ComparedFrame,
  after: ComparedFrame,
  metrics: readonly FrameMetric[],
  { services, pause }: ComparisonSetting,
  threads: boolean,
): Promise<MetricValues> {
  if (threads) {
    // Levels are made only for the metric that uses them.
    const halvings = metrics.includes("ms_ssim") ? before.halvings : [];
    try {
      const values = await services.workers.compare({ a: { ...before.image, halvings }, b: after.image, metrics });
      await pause.take();
      return values;
    } catch (error) {
      if (!(error instanceof WorkerError && error.code === "WORKERS_UNAVAILABLE")) throw error;
    }
  }
  const values: Partial<Record<FrameMetric, number>> = {};
  for (const name of metrics) {
    values[name] = FRAME_METRICS[name](before.picture, after.picture);
    await pause.take();
  }
  return values;
}
