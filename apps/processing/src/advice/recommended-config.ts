import type { CacheAdvice } from "./advise-cache.ts";
import type { SamplingAdvice } from "./advise-sampling.ts";

/** The advice for the whole pipeline. */
export interface PipelineAdvice {
  readonly caches: {
    readonly frame: CacheAdvice;
    readonly validation: CacheAdvice;
    readonly resize: CacheAdvice;
  };
  readonly sampling: SamplingAdvice;
}

/** What to write into `giflab.config.*` to follow the advice: only what is to change, so possibly nothing. */
export function recommendedConfig({ caches, sampling }: PipelineAdvice): Readonly<Record<string, object>> {
  const sections: Record<string, object> = {};
  for (const [section, { recommendedMb, currentMb }] of [
    ["frameCache", caches.frame],
    ["validationCache", caches.validation],
    ["resizeCache", caches.resize],
  ] as const) {
    if (recommendedMb !== null && recommendedMb !== currentMb) sections[section] = { memoryLimitMb: recommendedMb };
  }
  if (Object.keys(sampling.settings).length > 0) sections["frameSampling"] = sampling.settings;
  return sections;
}
