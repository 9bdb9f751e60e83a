/** What a thread is told to do: all upkeep of one store that is due. Plain data, as it crosses between threads. */
export interface UpkeepOrder {
  readonly dbPath: string;
  /** The file that is meant; when the path leads to another one, nothing is done. */
  readonly identity: string | undefined;
  /** What "now" is when the thread begins. */
  readonly epochSeconds: number;
  /** See `HOST_WRITES` and `STOP`. */
  readonly control: Int32Array<SharedArrayBuffer>;
}

/** What a thread says at its end. */
export type UpkeepOutcome =
  | { readonly kind: "done" }
  /** It was told to stop, or the file is not there any more. */
  | { readonly kind: "left" }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

/** Cells of `control`. 1 while the host wants to write: the thread begins no transaction then. */
export const HOST_WRITES = 0;
/** 1 when the thread is to end. */
export const STOP = 1;
export const CONTROL_CELLS = 2;
