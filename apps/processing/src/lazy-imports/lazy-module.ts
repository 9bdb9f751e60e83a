import { publishLazyImport } from "./lazy-import-channel.ts";

export interface LazyOptions<T> {
  /** For messages and status. */
  readonly name: string;
  /** Stands in when the module cannot be loaded. */
  readonly fallback?: T;
  /**
   * Finds the module without loading it, and throws when it is not there. Default: `name` as this package sees it; give
   * `() => import.meta.resolve("name")` for a module that only yours has installed.
   */
  readonly resolve?: () => unknown;
}

/** Why a module with no fallback could not be had. */
export class ModuleUnavailableError extends Error {
  override readonly name = "ModuleUnavailableError";
}

/**
 * A module that is loaded when it is first asked for, once per process. A failure is remembered: it is not tried again, and
 * costs nothing a second time. Publishes on `giflab:lazy-import`.
 */
export class LazyModule<T> {
  readonly name: string;
  readonly #load: () => Promise<T>;
  readonly #options: LazyOptions<T>;
  #loading: Promise<T> | undefined;
  #available: boolean | undefined;
  #state: "unloaded" | "loaded" | "failed" = "unloaded";

  constructor(load: () => Promise<T>, options: LazyOptions<T>) {
    this.name = options.name;
    this.#load = load;
    this.#options = options;
  }

  /** Whether `get` has loaded it. */
  get isLoaded(): boolean {
    return this.#state === "loaded";
  }

  /** Whether it can be found, without loading it. Looked up once; a load that failed means no. */
  get isAvailable(): boolean {
    if (this.#state !== "unloaded") return this.#state === "loaded";
    this.#available ??= this.#resolves();
    return this.#available;
  }

  /**
   * The module, or its fallback. All who ask at the same time wait for one load.
   *
   * @throws ModuleUnavailableError (as a rejection) when it cannot be loaded and has no fallback; `cause` says why
   */
  get(): Promise<T> {
    this.#loading ??= this.#loadOnce();
    return this.#loading;
  }

  async #loadOnce(): Promise<T> {
    const began = performance.now();
    try {
      const module = await this.#load();
      this.#state = "loaded";
      this.#publish(began, false);
      return module;
    } catch (cause) {
      this.#state = "failed";
      const hasFallback = "fallback" in this.#options;
      this.#publish(began, hasFallback);
      if (hasFallback) return this.#options.fallback as T;
      const reason = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
      throw new ModuleUnavailableError(
        `Module '${this.name}' is not available and no fallback provided (${reason}); is it installed?`,
        { cause },
      );
    }
  }

  #publish(began: number, fallbackUsed: boolean): void {
    publishLazyImport({ module: this.name, seconds: (performance.now() - began) / 1000, fallbackUsed });
  }

  #resolves(): boolean {
    try {
      if (this.#options.resolve === undefined) import.meta.resolve(this.name);
      else this.#options.resolve();
      return true;
    } catch {
      return false;
    }
  }
}
