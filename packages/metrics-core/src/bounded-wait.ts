/** Waits for `work`, but not longer than `seconds`; what it does afterwards goes unheard. Rejects only if `work` does in time. */
export async function waitAtMost(work: unknown, seconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, seconds * 1000));
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
