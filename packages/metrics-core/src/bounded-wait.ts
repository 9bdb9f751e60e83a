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

/** As long as an interval may be; nothing happens in it. */
const LONG_MS = 2 ** 31 - 1;

/**
 * Waits for `work` and keeps the process alive meanwhile: connections of backends do not, so that a server that never
 * answers holds up no program's end.
 */
export async function waitAlive<T>(work: Promise<T>): Promise<T> {
  const alive = setInterval(() => {}, LONG_MS);
  try {
    return await work;
  } finally {
    clearInterval(alive);
  }
}
