const GeneratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf((function* () {})()));
const AsyncGeneratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})()));

/** Is told how a call has ended; must not throw. */
export type CallEnded = (failed: boolean, result?: unknown) => void;

/**
 * Calls `work` and calls `done` when what it began has ended; result, error and identity of both pass through. `done` is told
 * whether it failed and, if not, the result: of a promise its value, of a generator the generator.
 *
 * - An error thrown: ended.
 * - A plain native promise: when it settles. The promise returned is a new one that settles alike.
 * - A promise of a subclass or with properties of its own: the very object is returned, and observed without marking a
 *   rejection as handled that nobody handles, and without creating an unhandled one.
 * - Any other thenable: ended when the call returns. `then` is not touched: a lazy query would run twice.
 * - A generator or async generator: when it is exhausted, returned or has thrown; a pause between values counts.
 */
export function timeCall<T>(work: () => T, done: CallEnded): T {
  let result: T;
  try {
    result = work();
  } catch (error) {
    done(true);
    throw error;
  }
  if (typeof result !== "object" || result === null) {
    done(false, result);
    return result;
  }
  if (result instanceof Promise) return timePromise(result, done) as T;
  if (isGenerator(result)) return timeGenerator(result, done) as T;
  done(false, result);
  return result;
}

function timePromise(promise: Promise<unknown>, done: CallEnded): Promise<unknown> {
  const plain =
    Object.getPrototypeOf(promise) === Promise.prototype &&
    promise.constructor === Promise &&
    Reflect.ownKeys(promise).length === 0;
  if (plain) {
    return promise.then(
      (value) => {
        done(false, value);
        return value;
      },
      (error) => {
        done(true);
        throw error;
      },
    );
  }
  observe(promise, done);
  return promise;
}

/** Promises with an observer that brings their rejection back if nobody handles it: one is enough. */
const observed = new WeakSet<Promise<unknown>>();

/**
 * Watches a promise that is handed on as it is. Watching marks it as handled, so a rejection that nobody else handles would
 * vanish. Therefore the observing promise rejects alike, and is itself marked as handled as soon as somebody else attaches
 * a handler: Node then reports it, or does not, exactly when it would have reported the original.
 */
function observe(promise: Promise<unknown>, done: CallEnded): void {
  const shadows = new Shadows(promise);
  const { constructor: made } = promise;
  // A subclass's constructor must not make the observing promise: it may do anything.
  shadows.put("constructor", NeutralConstructor);
  let observing: Promise<void>;
  try {
    observing = Promise.prototype.then.call(
      promise,
      (value: unknown) => {
        shadows.remove();
        done(false, value);
      },
      (error: unknown) => {
        done(true);
        throw error;
      },
    ) as Promise<void>;
  } catch {
    // Frozen, and of a constructor that cannot be used like that: it cannot be observed.
    done(false, promise);
    return;
  }
  // `await` takes a shortcut past `then` for promises whose constructor is Promise: that one stays shadowed.
  if (made !== Promise) shadows.remove();
  const handledElsewhere = (): void => void Promise.prototype.then.call(observing, undefined, () => {});
  const original = promise.then;
  const watching = !observed.has(promise) && shadows.put("then", whenHandled);
  function whenHandled(this: Promise<unknown>, ...handlers: Parameters<typeof original>): unknown {
    shadows.remove();
    handledElsewhere();
    return Reflect.apply(original, this, handlers);
  }
  // Where handlers cannot be watched, an extra unhandled rejection would end the host.
  if (!watching) handledElsewhere();
  observed.add(promise);
}

/** Stands in for the constructor of a promise: what `then` makes is a plain promise. */
const NeutralConstructor = class extends Promise<unknown> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }
};

/** Properties put over those of a promise for a while; `catch`, `finally`, `await` and the combinators go through `then`. */
class Shadows {
  readonly #promise: Promise<unknown>;
  readonly #before: [PropertyKey, PropertyDescriptor | undefined][] = [];

  constructor(promise: Promise<unknown>) {
    this.#promise = promise;
  }

  /** False if the promise is frozen. */
  put(key: PropertyKey, value: unknown): boolean {
    const before = Object.getOwnPropertyDescriptor(this.#promise, key);
    const shadow = { value, configurable: true, writable: true, enumerable: false };
    if (!Reflect.defineProperty(this.#promise, key, shadow)) return false;
    this.#before.push([key, before]);
    return true;
  }

  remove(): void {
    for (const [key, before] of this.#before.splice(0).reverse()) {
      if (before === undefined) Reflect.deleteProperty(this.#promise, key);
      else Reflect.defineProperty(this.#promise, key, before);
    }
  }
}

type AnyGenerator = Generator<unknown, unknown, unknown> | AsyncGenerator<unknown, unknown, unknown>;

function isGenerator(value: object): value is AnyGenerator {
  const inherits = Object.prototype.isPrototypeOf;
  return inherits.call(GeneratorPrototype, value) || inherits.call(AsyncGeneratorPrototype, value);
}

/** The same generator object, with its three methods shadowed until the end is seen. */
function timeGenerator(generator: AnyGenerator, done: CallEnded): AnyGenerator {
  let ended = false;
  const end = (failed: boolean): void => {
    if (ended) return;
    ended = true;
    for (const method of ["next", "return", "throw"]) delete (generator as unknown as Record<string, unknown>)[method];
    done(failed, generator);
  };
  const settle = (step: unknown): unknown => {
    if (step instanceof Promise) {
      return step.then(
        (value) => settle(value),
        (error) => {
          end(true);
          throw error;
        },
      );
    }
    if ((step as IteratorResult<unknown>).done) end(false);
    return step;
  };
  for (const method of ["next", "return", "throw"] as const) {
    const original = generator[method] as (...args: unknown[]) => unknown;
    Object.defineProperty(generator, method, {
      configurable: true,
      writable: true,
      enumerable: false,
      value: (...args: unknown[]): unknown => {
        try {
          return settle(original.apply(generator, args));
        } catch (error) {
          end(true);
          throw error;
        }
      },
    });
  }
  return generator;
}
