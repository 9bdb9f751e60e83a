/** The program of a worker thread and the options of node it is started with. */
export interface WorkerEntry {
  readonly url: URL;
  readonly execArgv: readonly string[];
}

/** `pixel-worker`, as source beside this file or from the built package. */
export function workerEntry(): WorkerEntry {
  if (import.meta.url.endsWith(".ts")) {
    return { url: new URL("./pixel-worker.ts", import.meta.url), execArgv: ["--conditions=@giflab/source"] };
  }
  // By name, because this may be in any file of the bundle.
  return { url: new URL(import.meta.resolve("@giflab/processing/pixel-worker")), execArgv: [] };
}
