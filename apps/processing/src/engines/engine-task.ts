/** What an external engine is to do with a GIF, in this order; what is absent is left as it is. */
export interface EngineTask {
  /** Part of the frames to keep, above 0 to 1, evenly spread; the whole duration stays. */
  readonly frameRatio?: number;
  /** Most colours, 2 to 256. */
  readonly colors?: number;
  /** How the colours are mixed, in the engine's own words; absent: the engine's default. */
  readonly dither?: string;
  /** Lossy level in per cent, 0 to 100. */
  readonly lossy?: number;
}
