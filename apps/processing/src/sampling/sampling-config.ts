/** Which frames are looked at. `full`: all of them. */
export type SamplingStrategy = "uniform" | "adaptive" | "progressive" | "scene_aware" | "full";

/** Every strategy's name, in the order in which help texts show them. */
export const SAMPLING_STRATEGIES = [
  "uniform",
  "adaptive",
  "progressive",
  "scene_aware",
  "full",
] as const satisfies readonly SamplingStrategy[];

export interface UniformConfig {
  /** Share of the frames. Default 0.3. */
  readonly samplingRate: number;
}

export interface AdaptiveConfig {
  /** Share of the frames with ordinary motion. Default 0.2, at least 0.1. */
  readonly baseRate: number;
  /** Share of the frames with much motion. Default 0.8. */
  readonly maxRate: number;
  /** Motion (0 to 1, as `frameDifference`) below which a frame is never "much motion". Default 0.1. */
  readonly motionThreshold: number;
}

export interface ProgressiveConfig {
  /** Share of the frames to begin with. Default 0.1, at least 0.05. */
  readonly initialRate: number;
  /** Share added each time. Default 0.1, 0.05 to 0.5. */
  readonly incrementRate: number;
  /** Times frames are taken at most. Default 5. */
  readonly maxIterations: number;
  /** Stops when the confidence interval of the mean is this narrow. Default 0.1. */
  readonly targetCiWidth: number;
}

export interface SceneAwareConfig {
  /** Difference of two frames (0 to 1) beyond which a new scene begins. Default 0.3. */
  readonly sceneThreshold: number;
  /** Frames taken at each end of a scene. Default 2. */
  readonly boundaryWindow: number;
  /** Frames taken of each scene at least, if it has them. Default 3. */
  readonly minSceneSamples: number;
  /** Share of each scene's frames. Default 0.3. */
  readonly baseRate: number;
}

/** How frames are sampled; everything may be left out. */
export interface FrameSamplingConfig {
  /** False: all frames. Default true. */
  readonly enabled?: boolean | undefined;
  /**
   * Default `uniform`: with 30 % of the frames and their weights it is as close to the mean of all frames as `adaptive` with
   * as many, and nothing has to be looked at to choose them.
   */
  readonly defaultStrategy?: SamplingStrategy | undefined;
  /** GIFs with fewer frames are looked at whole. Default 30. */
  readonly minFramesThreshold?: number | undefined;
  /** 0.9, 0.95 or 0.99. Default 0.95. */
  readonly confidenceLevel?: number | undefined;
  readonly uniform?: Partial<UniformConfig> | undefined;
  readonly adaptive?: Partial<AdaptiveConfig> | undefined;
  readonly progressive?: Partial<ProgressiveConfig> | undefined;
  readonly sceneAware?: Partial<SceneAwareConfig> | undefined;
}

export interface ResolvedSamplingConfig {
  readonly enabled: boolean;
  readonly defaultStrategy: SamplingStrategy;
  readonly minFramesThreshold: number;
  readonly confidenceLevel: number;
  readonly uniform: UniformConfig;
  readonly adaptive: AdaptiveConfig;
  readonly progressive: ProgressiveConfig;
  readonly sceneAware: SceneAwareConfig;
}

export const DEFAULT_SAMPLING: ResolvedSamplingConfig = {
  enabled: true,
  defaultStrategy: "uniform",
  minFramesThreshold: 30,
  confidenceLevel: 0.95,
  uniform: { samplingRate: 0.3 },
  adaptive: { baseRate: 0.2, maxRate: 0.8, motionThreshold: 0.1 },
  progressive: { initialRate: 0.1, incrementRate: 0.1, maxIterations: 5, targetCiWidth: 0.1 },
  sceneAware: { sceneThreshold: 0.3, boundaryWindow: 2, minSceneSamples: 3, baseRate: 0.3 },
};

/** @throws RangeError that names the option, the value and what is allowed */
export function resolveSamplingConfig(config: FrameSamplingConfig = {}): ResolvedSamplingConfig {
  const resolved: ResolvedSamplingConfig = {
    enabled: config.enabled ?? DEFAULT_SAMPLING.enabled,
    defaultStrategy: config.defaultStrategy ?? DEFAULT_SAMPLING.defaultStrategy,
    minFramesThreshold: config.minFramesThreshold ?? DEFAULT_SAMPLING.minFramesThreshold,
    confidenceLevel: config.confidenceLevel ?? DEFAULT_SAMPLING.confidenceLevel,
    uniform: { ...DEFAULT_SAMPLING.uniform, ...config.uniform },
    adaptive: { ...DEFAULT_SAMPLING.adaptive, ...config.adaptive },
    progressive: { ...DEFAULT_SAMPLING.progressive, ...config.progressive },
    sceneAware: { ...DEFAULT_SAMPLING.sceneAware, ...config.sceneAware },
  };
  if (!SAMPLING_STRATEGIES.includes(resolved.defaultStrategy)) {
    throw new RangeError(
      `frame sampling strategy must be one of ${SAMPLING_STRATEGIES.join(", ")}, got ${resolved.defaultStrategy}`,
    );
  }
  const { uniform, adaptive, progressive, sceneAware } = resolved;
  within("uniform.samplingRate", uniform.samplingRate, 0, 1);
  within("adaptive.baseRate", adaptive.baseRate, 0, 1);
  within("adaptive.maxRate", adaptive.maxRate, 0, 1);
  within("adaptive.motionThreshold", adaptive.motionThreshold, 0, 1);
  within("progressive.initialRate", progressive.initialRate, 0, 1);
  within("progressive.incrementRate", progressive.incrementRate, 0, 1);
  within("progressive.maxIterations", progressive.maxIterations, 1, 1000);
  within("progressive.targetCiWidth", progressive.targetCiWidth, 0, Number.MAX_VALUE);
  within("sceneAware.sceneThreshold", sceneAware.sceneThreshold, 0, 1);
  within("sceneAware.boundaryWindow", sceneAware.boundaryWindow, 0, 1000);
  within("sceneAware.minSceneSamples", sceneAware.minSceneSamples, 1, 1000);
  within("sceneAware.baseRate", sceneAware.baseRate, 0, 1);
  return resolved;
}

function within(name: string, value: number, min: number, max: number): void {
  if (!(value >= min && value <= max))
    throw new RangeError(`frame sampling: ${name} must be ${min} to ${max}, got ${value}`);
}
