/** What one call of an external engine may cost at most. */
export interface EngineLimits {
  /** Wall-clock seconds. Default 120. */
  readonly timeoutSeconds?: number;
  /** Memory in MB: address space where `prlimit` is installed, else what is resident. Default 4096. */
  readonly memoryMb?: number;
  /** Size of the result in MB. Default 512. */
  readonly outputMb?: number;
}

export type ResolvedEngineLimits = Required<EngineLimits>;

const RANGES: Readonly<Record<keyof EngineLimits, { fallback: number; least: number; most: number }>> = {
  timeoutSeconds: { fallback: 120, least: 0.01, most: 86_400 },
  memoryMb: { fallback: 4096, least: 1, most: 1_048_576 },
  outputMb: { fallback: 512, least: 0.001, most: 4096 },
};

function resolve(limits: EngineLimits, name: keyof EngineLimits): number {
  const { fallback, least, most } = RANGES[name];
  const value = limits[name] ?? fallback;
  if (!(value >= least && value <= most)) throw new RangeError(`${name} must be ${least} to ${most}, got ${value}`);
  return value;
}

/** @throws RangeError for a limit out of range */
export function resolveEngineLimits(limits: EngineLimits = {}): ResolvedEngineLimits {
  return {
    timeoutSeconds: resolve(limits, "timeoutSeconds"),
    memoryMb: resolve(limits, "memoryMb"),
    outputMb: resolve(limits, "outputMb"),
  };
}
