import { isMetricsError, type StateEntry, type StateStore } from "@giflab/metrics-core";

const KEY = "alert/lease";
/** Longer than an evaluation needs to record whatever it found; so long may the lease of one that was killed delay others. */
const LEASE_SECONDS = 5;
const POLL_MS = 20;
const LONGEST_WAIT_MS = 1000;

/** How an evaluator got its turn. */
export interface EvaluationTurn {
  /** Somebody else recorded in the meantime: what was read before may be old. */
  readonly waited: boolean;
  /** Lets the next one record. Never rejects. */
  end(): Promise<void>;
}

/**
 * Waits for its turn to record what an evaluation at `now` (epoch seconds) has changed. Evaluators that find the same changes at
 * the same time would otherwise all write each of them, and all but one in vain. That saves work and guards nothing: every change
 * names the version that it has read, so after a second without a turn, or over a store that cannot be written, it goes on
 * without. A lease that ended, or one further ahead than a lease lasts (some clock was wrong), is nobody's.
 */
export async function evaluationTurn(
  store: StateStore,
  now: number,
  wait: (ms: number) => Promise<void> = pause,
): Promise<EvaluationTurn> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const waited = waitedMs > 0;
    try {
      const held = await store.get(KEY);
      if (!isHeld(held, now)) {
        const lease = JSON.stringify({ until: now + LEASE_SECONDS });
        const version = await store.compareAndSet(KEY, held?.version ?? 0, lease);
        if (version !== undefined) return { waited, end: () => release(store, version) };
      }
    } catch (error) {
      if (!isMetricsError(error)) throw error;
      return { waited, end: async () => {} };
    }
    if (waitedMs >= LONGEST_WAIT_MS) return { waited: true, end: async () => {} };
    await wait(POLL_MS);
  }
}

function isHeld(entry: StateEntry | undefined, now: number): boolean {
  if (entry === undefined) return false;
  try {
    const { until } = JSON.parse(entry.value) as { readonly until: number };
    return until > now && until <= now + LEASE_SECONDS;
  } catch {
    return false;
  }
}

async function release(store: StateStore, version: number): Promise<void> {
  await store.compareAndSet(KEY, version, undefined).catch((error: unknown) => {
    if (!isMetricsError(error)) throw error;
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
