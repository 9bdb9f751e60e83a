import { checkpointInBackground } from "../background-checkpoint.ts";
import type { StoreWriter } from "../open-writer.ts";
import type { Stepwise } from "../stepwise.ts";
import { storeBytes } from "../store-file.ts";
import { checkpointBytes } from "../store-limits.ts";

/** The event loop turns after about this. */
const TURN_MS = 8;
/** A pause while others hold the lock grows up to this; a job gives up after 50 of them, about seven seconds. */
const LONGEST_PAUSE_MS = 150;
const PAUSE_STEP_MS = 10;
/** While somebody reads an old state the log stays long whatever is done, so it is not tried with each turn. */
const CHECKPOINT_PAUSE_MS = 250;

/** Runs a job on a store to its end, in the turns of the event loop, and has the log written back when it is long. */
export async function runSteps<T>(
  writer: StoreWriter,
  job: Stepwise<T>,
  { signal, onTurn }: { readonly signal?: AbortSignal | undefined; readonly onTurn: () => void },
): Promise<T> {
  let pauses = 0;
  let checkpointAt = Number.NEGATIVE_INFINITY;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const until = performance.now() + TURN_MS;
      let waits = false;
      do {
        const step = job.next();
        if (step.done === true) return step.value;
        waits = step.value === "wait";
      } while (!waits && performance.now() < until);
      onTurn();
      pauses = waits ? pauses + 1 : 0;
      await pause(Math.min(LONGEST_PAUSE_MS, pauses * PAUSE_STEP_MS));
      if (storeBytes(writer.connection.path).wal <= checkpointBytes(writer.limits)) continue;
      if (performance.now() - checkpointAt < CHECKPOINT_PAUSE_MS) continue;
      await writeLogBack(writer.connection.path, "PASSIVE");
      checkpointAt = performance.now();
    }
  } finally {
    // Lets go of what a job that is broken off holds.
    job.return(undefined as never);
  }
}

/** Writes the log back to the database, and with `TRUNCATE` empties it unless others use it. */
export async function writeLogBack(dbPath: string, mode: "PASSIVE" | "TRUNCATE"): Promise<void> {
  const checkpoint = checkpointInBackground(dbPath, mode);
  checkpoint.hold();
  await checkpoint.done;
}

/** At least one turn of the event loop. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    if (milliseconds > 0) setTimeout(resolve, milliseconds);
    else setImmediate(resolve);
  });
}
