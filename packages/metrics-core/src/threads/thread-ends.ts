import type { Worker } from "node:worker_threads";

type EndListener = (threadId: number) => void;
const listeners = new Set<EndListener>();

/**
 * Tells of every worker thread that is started by this thread from now on when it runs no more, however it ended. Returns
 * what ends that. One listener of the process serves all.
 */
export function onThreadEnd(listener: EndListener): () => void {
  if (listeners.size === 0) process.on("worker", watch);
  listeners.add(listener);
  return () => {
    if (listeners.delete(listener) && listeners.size === 0) process.removeListener("worker", watch);
  };
}

function watch(worker: Worker): void {
  // Once it has ended, it has no number any more.
  const { threadId } = worker;
  worker.once("exit", () => {
    for (const listener of listeners) listener(threadId);
  });
}
