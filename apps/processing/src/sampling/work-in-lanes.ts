/**
 * Works on each index in order, on so many at once (at least one). Rejects with the first error, after which nothing new is
 * begun.
 */
export async function workInLanes(
  indices: readonly number[],
  lanes: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  const left = indices.values();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const index of left) {
      if (failed) return;
      try {
        await work(index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(1, lanes), indices.length) }, lane));
}
