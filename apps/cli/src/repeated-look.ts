import { setTimeout as wait } from "node:timers/promises";

/**
 * Calls `look` now and every `interval` seconds until `duration` seconds are over (the last look is then) or somebody presses
 * Ctrl-C or sends SIGTERM. Looks keep to their schedule however long one takes; those that were missed are left out.
 * Rejects with what a look rejects with.
 */
export async function repeatLook(
  { interval, duration }: { readonly interval: number; readonly duration: number },
  look: (first: boolean) => Promise<void>,
): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  try {
    for (let at = 0; ; ) {
      await look(at === 0);
      if (at >= duration) break;
      at = Math.min(duration, (Math.floor(elapsed() / interval) + 1) * interval);
      await wait(Math.max(0, at - elapsed()) * 1000, undefined, { signal: interrupted.signal });
    }
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}
