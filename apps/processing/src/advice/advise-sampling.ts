import type { SamplingStrategy } from "../sampling/sampling-config.ts";
import { perCent, whole } from "./advice-text.ts";

/** Fewer animations than this tell nothing of a strategy. */
const LEAST_ANIMATIONS = 20;
/** The widest confidence interval that the manual calls normal. */
const WIDE_INTERVAL = 0.1;
/** The least speed-up that the manual calls normal. */
const LEAST_SPEEDUP = 1.5;
/** Another strategy must be this many times faster to be worth a change. */
const WORTH_A_CHANGE = 1.25;
/** The share of animations below the threshold at which the strategy hardly matters. */
const MOSTLY_WHOLE = 0.8;

/** What was recorded of one strategy. */
export interface StrategyRecord {
  /** Animations that it was used on. */
  readonly uses: number;
  /** Means over the recorded values; `undefined` where none was recorded. */
  readonly sampledRatio: number | undefined;
  readonly speedup: number | undefined;
  readonly intervalWidth: number | undefined;
}

export interface SamplingLoad {
  readonly enabled: boolean;
  readonly strategy: SamplingStrategy;
  readonly minFramesThreshold: number;
  /** By strategy as it was recorded: "adaptive (full)" are animations too short to be sampled. */
  readonly strategies: Readonly<Record<string, StrategyRecord>>;
}

/** A recommended strategy, with the settings that go with it, and what speaks for it. */
export interface SamplingAdvice {
  /**
   * - `off`: sampling is switched off.
   * - `unrecorded`, `too_few`: nothing, or fewer than 20 animations, were recorded.
   * - `too_short`: nearly all animations are below the threshold and looked at whole.
   * - `keep`, `change`.
   */
  readonly verdict: "off" | "unrecorded" | "too_few" | "too_short" | "keep" | "change";
  readonly current: SamplingStrategy;
  /** Null when nothing can be recommended. */
  readonly recommended: SamplingStrategy | null;
  /** What to set in `frameSampling`; empty when nothing needs to change. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Animations, and how many of them were sampled. */
  readonly animations: number;
  readonly sampled: number;
  readonly strategies: Readonly<Record<string, StrategyRecord>>;
  readonly reasons: readonly string[];
}

/**
 * Recommends a sampling strategy from what strategies did: one whose interval is wide gives way to `progressive`, which
 * takes frames until it is narrow; one that saves too little to `uniform`, which costs nothing to choose; and any to
 * another that was recorded to be clearly faster with an interval as narrow.
 */
export function adviseSampling(load: SamplingLoad): SamplingAdvice {
  const { strategy, strategies } = load;
  const animations = total(strategies, () => true);
  const sampled = total(strategies, (name) => name !== "full" && !isWhole(name));
  const known = { current: strategy, animations, sampled, strategies };
  const without = (verdict: SamplingAdvice["verdict"], reason: string): SamplingAdvice => ({
    ...known,
    verdict,
    recommended: null,
    settings: {},
    reasons: [reason],
  });
  if (!load.enabled) return without("off", "sampling is switched off: all frames are looked at");
  if (animations === 0) return without("unrecorded", "no sampling was recorded");
  if (animations < LEAST_ANIMATIONS) {
    return without(
      "too_few",
      `${whole(animations)} animations are too few: it takes ${LEAST_ANIMATIONS} to tell anything`,
    );
  }
  const whole_ = total(strategies, isWhole);
  if (whole_ / animations >= MOSTLY_WHOLE) {
    return without(
      "too_short",
      `${perCent(whole_ / animations)} of ${whole(animations)} animations had fewer than ${load.minFramesThreshold} frames to look at, and were looked at whole: a lower frameSampling.minFramesThreshold would save time on them, another strategy nothing`,
    );
  }
  return { ...known, ...choose(load) };
}

function choose(load: SamplingLoad): Pick<SamplingAdvice, "verdict" | "recommended" | "settings" | "reasons"> {
  const { strategy, strategies } = load;
  const current = strategies[strategy];
  const keep = (...reasons: string[]) =>
    ({ verdict: "keep", recommended: strategy, settings: {}, reasons }) satisfies ReturnType<typeof choose>;
  const change = (to: SamplingStrategy, settings: Readonly<Record<string, unknown>>, ...reasons: string[]) =>
    ({
      verdict: "change",
      recommended: to,
      settings: { defaultStrategy: to, ...settings },
      reasons,
    }) satisfies ReturnType<typeof choose>;

  if (current === undefined || current.uses < LEAST_ANIMATIONS) {
    return keep(`${strategy} was used on ${whole(current?.uses ?? 0)} animations only: nothing speaks against it`);
  }
  const { intervalWidth: width, speedup, sampledRatio } = current;
  if (width !== undefined && width > WIDE_INTERVAL) {
    const wide = `the confidence interval of ${strategy} is ${round(width)} wide on average, more than the ${WIDE_INTERVAL} that is normal`;
    if (strategy !== "progressive") {
      return change(
        "progressive",
        { progressive: { targetCiWidth: 0.05 } },
        wide,
        "progressive takes frames until it is narrow enough",
      );
    }
    return change(
      "progressive",
      { progressive: { maxIterations: 10, targetCiWidth: 0.05 } },
      wide,
      "more iterations let it take more frames",
    );
  }
  const faster = fasterStrategy(load);
  if (faster !== undefined) {
    const [name, record] = faster;
    const widths = record.intervalWidth === undefined ? "" : `, with an interval of ${round(record.intervalWidth)}`;
    return change(
      name,
      {},
      `${name} was ${round(record.speedup!)} times as fast as looking at all frames${widths}; ${strategy} ${round(speedup!)} times`,
    );
  }
  if (speedup !== undefined && speedup < LEAST_SPEEDUP && strategy !== "uniform") {
    const share = sampledRatio === undefined ? "" : ` while it looked at ${perCent(sampledRatio)} of the frames`;
    return change(
      "uniform",
      { uniform: { samplingRate: 0.3 } },
      `${strategy} was ${round(speedup)} times as fast as looking at all frames${share}, less than the ${LEAST_SPEEDUP} that is normal`,
      "uniform spends no time on choosing frames",
    );
  }
  const parts = [
    ...(sampledRatio === undefined ? [] : [`looked at ${perCent(sampledRatio)} of the frames`]),
    ...(speedup === undefined ? [] : [`was ${round(speedup)} times as fast as looking at all`]),
    ...(width === undefined ? [] : [`had an interval ${round(width)} wide`]),
  ];
  return keep(`${strategy} ${parts.length === 0 ? "was used, with nothing to judge it by" : parts.join(", ")}`);
}

/** Another strategy that was clearly faster, with an interval that is narrow or as narrow as the current one's. */
function fasterStrategy({ strategy, strategies }: SamplingLoad): [SamplingStrategy, StrategyRecord] | undefined {
  const current = strategies[strategy]!;
  if (current.speedup === undefined) return undefined;
  const allowedWidth = Math.min(WIDE_INTERVAL, current.intervalWidth ?? WIDE_INTERVAL);
  return Object.entries(strategies)
    .filter(([name, { uses }]) => name !== strategy && name !== "full" && !isWhole(name) && uses >= LEAST_ANIMATIONS)
    .filter(([, { speedup }]) => speedup !== undefined && speedup >= current.speedup! * WORTH_A_CHANGE)
    .filter(([, { intervalWidth }]) => (intervalWidth ?? Number.POSITIVE_INFINITY) <= allowedWidth)
    .sort(([, a], [, b]) => b.speedup! - a.speedup!)[0] as [SamplingStrategy, StrategyRecord] | undefined;
}

/** Recorded for animations below the threshold. */
function isWhole(name: string): boolean {
  return name.endsWith(" (full)");
}

function total(strategies: Readonly<Record<string, StrategyRecord>>, counts: (name: string) => boolean): number {
  return Object.entries(strategies).reduce((sum, [name, { uses }]) => sum + (counts(name) ? uses : 0), 0);
}

function round(value: number): string {
  return String(Number(value.toPrecision(2)));
}
