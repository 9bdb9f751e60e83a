/** How short memory is. */
export type PressureLevel = "normal" | "warning" | "critical" | "emergency";

/** From the least to the most: a level's place is its number in metrics. */
export const PRESSURE_LEVELS: readonly PressureLevel[] = ["normal", "warning", "critical", "emergency"];

/** Shares of memory in use, 0 to 1, at which levels begin, and how far below it they end. */
export interface PressureThresholds {
  readonly warningRatio: number;
  readonly criticalRatio: number;
  readonly emergencyRatio: number;
  /** A level holds until the share is this much below where it began, so that it does not flicker. */
  readonly hysteresisRatio: number;
}

/**
 * The level at a share of memory in use, coming from another level.
 *
 * With the usual thresholds (0.7, 0.8, 0.95, hysteresis 0.05) 0.78 is `warning` coming from `normal`, but `critical` coming
 * from `critical`, which ends below 0.75.
 */
export function pressureLevel(usedRatio: number, from: PressureLevel, thresholds: PressureThresholds): PressureLevel {
  const { warningRatio, criticalRatio, emergencyRatio, hysteresisRatio } = thresholds;
  const begins = [0, warningRatio, criticalRatio, emergencyRatio];
  const held = PRESSURE_LEVELS.indexOf(from);
  let level = 0;
  for (let above = 1; above < begins.length; above++) {
    // Rounded, as 0.8 - 0.05 is a little more than 0.75.
    const begin = above <= held ? begins[above]! - hysteresisRatio : begins[above]!;
    if (usedRatio >= begin - 1e-9) level = above;
  }
  return PRESSURE_LEVELS[level]!;
}
