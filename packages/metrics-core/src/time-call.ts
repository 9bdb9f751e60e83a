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

/**
 * Watches a promise that is handed on as it is. Watching marks it as handled, so a rejection that nobody else handles
 * would vanish: it is brought back, once the microtasks that might still attach a handler have run.
 */
function observe(promise: Promise<unknown>, done: CallEnded): void {
  const handledElsewhere = watchHandlers(promise);
  Promise.prototype.then.call(
    promise,
    (value: unknown) => {
      handledElsewhere();
      done(false, value);
    },
    (error: unknown) => {
      done(true);
      process.nextTick(() => {
        if (!handledElsewhere()) Promise.reject(error);
      });
    },
  );
}

/** Stands in for `Promise` as the constructor of a watched promise, so that `await` asks its `then` instead of taking a shortcut. */
const watchedConstructor = class extends Promise<unknown> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }
};

/**
 * Notices whether anybody else attaches a handler, by shadowing `then` (which `catch`, `finally`, `await` and the
 * combinators go through). The function returned tells, and takes the shadows away.
 */
function watchHandlers(promise: Promise<unknown>): () => boolean {
  let handled = false;
  const shadows: [PropertyKey, PropertyDescriptor | undefined][] = [];
  const shadow = (key: PropertyKey, value: unknown): void => {
    shadows.push([key, Object.getOwnPropertyDescriptor(promise, key)]);
    Object.defineProperty(promise, key, { value, configurable: true, writable: true, enumerable: false });
  };
  try {
    const original = promise.then;
    if (promise.constructor === Promise) shadow("constructor", watchedConstructor);
    shadow("then", function (this: Promise<unknown>, ...handlers: Parameters<typeof original>): unknown {
      handled = true;
      return Reflect.apply(original, this, handlers);
    });
  } catch {
    // Frozen: whether it is handled cannot be seen, and an extra unhandled rejection would end the host.
    handled = true;
  }
  return () => {
    for (const [key, before] of shadows.splice(0)) {
      if (before) Object.defineProperty(promise, key, before);
      else Reflect.deleteProperty(promise, key);
    }
    return handled;
  };
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
