/**
 * Where scenes begin: at the first frame, and wherever a frame differs from the one before by more than the threshold.
 *
 * @param differences of each frame to the one before, from the second frame on
 */
export function sceneStarts(differences: readonly number[], threshold: number): number[] {
  return [0, ...differences.flatMap((difference, at) => (difference > threshold ? [at + 1] : []))];
}
