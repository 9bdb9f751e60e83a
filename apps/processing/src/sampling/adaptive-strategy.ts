import { consecutiveDifferences } from "./frame-difference.ts";
import { END, type FrameKind, standFor } from "./frame-weights.ts";
import { type AdaptiveConfig, DEFAULT_SAMPLING } from "./sampling-config.ts";
import type { SamplingRequest, Selection } from "./sampling-request.ts";
import { sceneStarts } from "./scenes.ts";

type Motion = "little" | "some" | "much";

const MIN_BASE_RATE = 0.1;
/** Fraction of the golden ratio: its multiples fall into step with no period. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Takes `rate` of the frames of one kind, as evenly as can be without falling into step with them: of every 1 / rate frames
 * one, which one wandering through the middle half. Frames that alternate (a whole one, a small change to it, a whole one)
 * would else be taken for all whole or all changed.
 */
class EvenPicker {
  readonly #rate: number;
  #due = 0;
  #taken = 0;

  constructor(rate: number) {
    this.#rate = rate;
  }

  /** Whether the next frame is taken. */
  next(): boolean {
    this.#due += this.#rate;
    const wandering = (0.5 + GOLDEN * this.#taken) % 1;
    // Sums of tenths miss a number by their last bits.
    if (this.#due < this.#taken + 0.25 + wandering / 2 - 1e-9) return false;
    this.#taken++;
    return true;
  }
}

function motions(
  differences: readonly number[],
  threshold: number,
): { motions: Motion[]; mean: number; deviation: number } {
  const count = Math.max(1, differences.length);
  const mean = differences.reduce((sum, value) => sum + value, 0) / count;
  const deviation = Math.sqrt(differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  // Where all frames differ by the same, none differs by more than the mean, whatever its last bits.
  const some = mean + 1e-9;
  const much = Math.max(threshold, some + deviation);
  return {
    motions: differences.map((difference) => (difference > much ? "much" : difference > some ? "some" : "little")),
    mean,
    deviation,
  };
}

/**
 * More frames where much moves: `maxRate` of those that differ from the one before by more than mean + standard deviation
 * (and `motionThreshold`), halfway of those that differ by more than the mean, `baseRate` of the others. Nothing is random:
 * the same GIF always gives the same frames. First and last are always taken.
 *
 * Each frame stands for the frames around it with as much motion and in the same scene, so that the mean is of the animation
 * although the busy parts are looked at more closely.
 */
export function sampleAdaptively({ frames }: SamplingRequest, config: AdaptiveConfig): Selection {
  const differences = consecutiveDifferences(frames);
  const { motions: motion, mean, deviation } = motions(differences, config.motionThreshold);
  const baseRate = Math.max(MIN_BASE_RATE, config.baseRate);
  const maxRate = Math.max(baseRate, config.maxRate);
  const pickers: Readonly<Record<Motion, EvenPicker>> = {
    little: new EvenPicker(baseRate),
    some: new EvenPicker((baseRate + maxRate) / 2),
    much: new EvenPicker(maxRate),
  };
  const last = frames.length - 1;
  const starts = new Set(sceneStarts(differences, DEFAULT_SAMPLING.sceneAware.sceneThreshold));
  const chosen: number[] = [];
  const kinds: FrameKind[] = [];
  let scene = -1;
  for (let at = 0; at <= last; at++) {
    if (starts.has(at)) scene++;
    const role = at === 0 ? undefined : motion[at - 1]!;
    const taken = role === undefined || pickers[role].next();
    if (taken || at === last) chosen.push(at);
    kinds.push({ scene, role: role === undefined || at === last ? END : role });
  }
  return {
    ...standFor(chosen, kinds),
    metadata: {
      motionIntensity: mean,
      highMotionFrames: motion.filter((much) => much === "much").length,
      meanDifference: mean,
      standardDeviation: deviation,
    },
  };
}
