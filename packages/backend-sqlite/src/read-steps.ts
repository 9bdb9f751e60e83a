import type { StoreReader, StoreView } from "./store-reader.ts";

/** A read transaction ends after about this, so that the event loop gets its turns and the log is not held back. */
const TRANSACTION_MS = 8;

/** Reading in short steps: the transaction may end between two of them, and the next one see a later state of the file. */
export type ReadSteps<T> = Generator<undefined, T, void>;

/** What a step may take, so that a transaction does not become much longer than it should. */
export const STEP_MS = 2;

/** Where steps read from. */
export type ViewSource = Pick<StoreReader, "read">;

/**
 * Runs steps in as few read transactions as their length allows, mostly one; between two of them the event loop turns.
 * Returns `undefined` when what the steps know holds no more, and they are to be begun anew: the file is another one, or row
 * ids or definitions have changed.
 * @param begin makes the steps for a view; while they run, the view is the same.
 */
export async function readInSteps<T>(
  source: ViewSource,
  begin: (view: StoreView) => ReadSteps<T>,
  transactionMs: number = TRANSACTION_MS,
): Promise<{ readonly result: T } | undefined> {
  let begun: { readonly view: StoreView; readonly steps: ReadSteps<T> } | undefined;
  for (;;) {
    const done = await source.read((view) => {
      const until = performance.now() + transactionMs;
      begun ??= { view, steps: begin(view) };
      if (begun.view !== view) return "moved";
      for (;;) {
        const step = begun.steps.next();
        if (step.done === true) return { result: step.value };
        if (performance.now() >= until) return "more";
      }
    });
    if (done === "moved") return undefined;
    if (done !== "more") return done;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
