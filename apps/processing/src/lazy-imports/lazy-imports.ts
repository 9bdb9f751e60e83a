import { LazyModule, type LazyOptions } from "./lazy-module.ts";

export interface LazyModuleStatus {
  readonly available: boolean;
  readonly imported: boolean;
}

/** Modules that are loaded on first use, by name. */
export class LazyImports {
  readonly #modules = new Map<string, LazyModule<unknown>>();

  /**
   * Declares a module; loads nothing. Declaring a name again returns the first declaration, so that a module is loaded
   * (and counted) once however many files ask for it.
   *
   * ```ts
   * const sharp = imports.lazy(() => import("sharp"), { name: "sharp" });
   * const { default: resize } = await sharp.get();
   * ```
   */
  lazy<T>(load: () => Promise<T>, options: LazyOptions<T>): LazyModule<T> {
    const known = this.#modules.get(options.name);
    // The same name is the same module.
    if (known !== undefined) return known as LazyModule<T>;
    const module = new LazyModule(load, options);
    this.#modules.set(options.name, module);
    return module;
  }

  /** Whether a declared module can be found, without loading it. */
  isAvailable(name: string): boolean {
    return this.#modules.get(name)?.isAvailable ?? false;
  }

  /** Every declared module: whether it can be found and whether it is loaded. Loads nothing. */
  getStatus(): Readonly<Record<string, LazyModuleStatus>> {
    return Object.fromEntries(
      [...this.#modules].map(([name, module]) => [
        name,
        { available: module.isAvailable, imported: module.isLoaded } satisfies LazyModuleStatus,
      ]),
    );
  }

  /** Loads the named modules, or all. Those that cannot be loaded are left out; `getStatus` tells. */
  async preload(names: readonly string[] = [...this.#modules.keys()]): Promise<void> {
    await Promise.allSettled(names.map((name) => this.#modules.get(name)?.get()));
  }
}

const processImports = new LazyImports();

/** Declares a module in the list of this process; see `LazyImports.lazy`. */
export function lazy<T>(load: () => Promise<T>, options: LazyOptions<T>): LazyModule<T> {
  return processImports.lazy(load, options);
}

/** The modules this process declared with `lazy`. */
export function lazyImports(): LazyImports {
  return processImports;
}
