import { MetricsError } from "@giflab/metrics-core";

// biome-ignore lint/suspicious/noExplicitAny: stands for any function, whose own type is kept
export type AnyFunction = (this: any, ...args: any[]) => any;

/** What is done around a call: `call` makes it; the return value is the wrapper's. */
export type Around = <T>(call: () => T, args: readonly unknown[]) => T;

/** A decorator of methods, static and private ones included. */
export type TrackDecorator = <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext) => F;

/**
 * A function that behaves as `inner` and does something around each call: arguments, `this`, results, errors, name, length
 * and further properties are the same. Throws `INVALID_OPTION` for a class, which cannot be called.
 */
export function wrapFunction<F extends AnyFunction>(inner: F, around: Around): F {
  if (typeof inner !== "function")
    throw new MetricsError("INVALID_OPTION", `a function is wrapped, not ${typeof inner}`);
  if (/^class\b/.test(Function.prototype.toString.call(inner))) {
    throw new MetricsError(
      "INVALID_OPTION",
      `${inner.name || "a class"} is a class: decorate or wrap its methods instead`,
    );
  }
  const outer = function (this: unknown, ...args: unknown[]): unknown {
    if (new.target !== undefined) {
      return around(() => Reflect.construct(inner, args, new.target === outer ? inner : new.target), args);
    }
    return around(() => Reflect.apply(inner, this, args), args);
  };
  const own = Object.getOwnPropertyDescriptors(inner);
  for (const key of Reflect.ownKeys(own) as (keyof typeof own)[]) {
    // `prototype` is shared so that `instanceof` holds; `arguments` and `caller` belong to sloppy functions themselves.
    if (key === "arguments" || key === "caller") continue;
    const descriptor = own[key] as PropertyDescriptor;
    if (key === "prototype") outer.prototype = descriptor.value;
    else Object.defineProperty(outer, key, descriptor);
  }
  Object.setPrototypeOf(outer, Object.getPrototypeOf(inner));
  return outer as unknown as F;
}

/** Wraps `fn` if it is given, and otherwise makes the decorator that wraps methods. */
export function wrapperOrDecorator(
  around: Around,
  fn: AnyFunction | undefined,
  decorator: string,
): AnyFunction | TrackDecorator {
  if (fn !== undefined) return wrapFunction(fn, around);
  const decorate: TrackDecorator = (method, context) => {
    if (typeof context?.kind !== "string") {
      throw new MetricsError(
        "INVALID_OPTION",
        `@${decorator} is a standard (TC39) decorator: turn off experimentalDecorators, or wrap the function: ${decorator}({ ... }, fn)`,
      );
    }
    if (context.kind !== "method") {
      throw new MetricsError(
        "INVALID_OPTION",
        `@${decorator} decorates methods, ${String(context.name)} is a ${context.kind}`,
      );
    }
    return wrapFunction(method, around);
  };
  return decorate;
}
