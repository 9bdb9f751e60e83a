/** Callbacks that read statistics into gauges before each collection. */
export class CollectCallbacks {
  readonly #callbacks = new Set<() => void>();
  #running = false;

  /** Returns a function that takes the callback away. */
  add(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => {
      this.#callbacks.delete(callback);
    };
  }

  /** Runs them all, unless it is one of them that asks. Errors, also of those that turn out asynchronous, go to `onError`. */
  run(onError: (error: unknown) => void): void {
    if (this.#running) return;
    this.#running = true;
    for (const callback of this.#callbacks) {
      try {
        const result: unknown = callback();
        if (result instanceof Promise) result.catch(onError);
      } catch (error) {
        onError(error);
      }
    }
    this.#running = false;
  }
}
