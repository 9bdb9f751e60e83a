import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { timeCall } from "../src/index.ts";

let unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
const existing = process.listeners("unhandledRejection");

beforeEach(() => {
  unhandled = [];
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", onUnhandled);
});
afterEach(() => {
  process.off("unhandledRejection", onUnhandled);
  for (const listener of existing) process.on("unhandledRejection", listener);
});
/** Long enough for microtasks, ticks and the report of unhandled rejections. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
};

const ended: [boolean, unknown][] = [];
const done = (failed: boolean, result?: unknown): void => void ended.push([failed, result]);
beforeEach(() => void ended.splice(0));

class Query<T> extends Promise<T> {}
const tagged = <T>(promise: Promise<T>): Promise<T> => Object.assign(promise, { cancel: () => {} });
const failure = new Error("no");

describe("timeCall", () => {
  it("passes results and errors of plain calls through", () => {
    expect(timeCall(() => 5, done)).toBe(5);
    expect(() =>
      timeCall(() => {
        throw failure;
      }, done),
    ).toThrow(failure);
    expect(ended).toEqual([
      [false, 5],
      [true, undefined],
    ]);
  });

  it("times a native promise until it settles", async () => {
    expect(await timeCall(async () => 1, done)).toBe(1);
    await expect(timeCall(() => Promise.reject(failure), done)).rejects.toBe(failure);
    expect(ended).toEqual([
      [false, 1],
      [true, undefined],
    ]);
    await settle();
    expect(unhandled).toEqual([]);
  });

  it("leaves the rejection of a native promise that nobody handles unhandled, once", async () => {
    void timeCall(() => Promise.reject(failure), done);
    await settle();
    expect(unhandled).toEqual([failure]);
  });

  describe.each([
    ["a subclass", () => Query.resolve(1), () => Query.reject(failure)],
    ["a promise with properties of its own", () => tagged(Promise.resolve(1)), () => tagged(Promise.reject(failure))],
  ])("of %s", (_, succeed, fail) => {
    it("returns the very object, and is told how it ended", async () => {
      const promise = succeed();
      const keys = Reflect.ownKeys(promise);
      expect(timeCall(() => promise, done)).toBe(promise);
      expect(await promise).toBe(1);
      await settle();
      expect(ended).toEqual([[false, 1]]);
      expect(Reflect.ownKeys(promise)).toEqual(keys);
    });

    it.each([
      [
        "await",
        async (promise: Promise<unknown>) => {
          try {
            await promise;
          } catch {}
        },
      ],
      ["catch", async (promise: Promise<unknown>) => void promise.catch(() => {})],
      ["then", async (promise: Promise<unknown>) => void promise.then(undefined, () => {})],
      ["Promise.allSettled", async (promise: Promise<unknown>) => void (await Promise.allSettled([promise]))],
    ])("makes no unhandled rejection of one that is handled with %s", async (__, handle) => {
      const promise = timeCall(fail, done);
      await handle(promise);
      await settle();
      expect([unhandled, ended]).toEqual([[], [[true, undefined]]]);
    });

    it("makes no unhandled rejection of one that is handled in a later tick, as late as Node allows", async () => {
      const promise = timeCall(fail, done);
      process.nextTick(() => process.nextTick(() => process.nextTick(() => void promise.catch(() => {}))));
      await settle();
      expect(unhandled).toEqual([]);
    });

    it("takes a rejection that is handled only after it was reported back", async () => {
      const back: unknown[] = [];
      const onHandled = (): void => void back.push("handled");
      process.on("rejectionHandled", onHandled);
      const promise = timeCall(fail, done);
      await settle();
      promise.catch(() => {});
      await settle();
      process.off("rejectionHandled", onHandled);
      expect([unhandled, back]).toEqual([[failure], ["handled"]]);
    });

    it("reports a rejection that nobody handles once, however often it is timed", async () => {
      const promise = fail();
      void timeCall(() => timeCall(() => promise, done), done);
      await settle();
      expect(unhandled).toEqual([failure]);
      expect(ended).toHaveLength(2);
    });

    it("reports nothing when it is timed twice and handled once", async () => {
      await expect(timeCall(() => timeCall(fail, done), done)).rejects.toBe(failure);
      await settle();
      expect([unhandled, ended.length]).toEqual([[], 2]);
    });

    it("leaves a rejection of what is chained to it to its own fate", async () => {
      const other = new Error("other");
      void timeCall(succeed, done).then(() => {
        throw other;
      });
      await settle();
      expect(unhandled).toEqual([other]);
    });

    it("does not hide a rejection that nobody handles", async () => {
      void timeCall(fail, done);
      await settle();
      expect(unhandled).toEqual([failure]);
    });
  });

  it("does not start a lazy promise, whose then is its own", async () => {
    let started = 0;
    class Lazy<T> extends Promise<T> {
      // biome-ignore lint/suspicious/noThenProperty: as p-lazy does
      override then<A, B>(
        ...handlers: [((value: T) => A | PromiseLike<A>)?, ((reason: unknown) => B | PromiseLike<B>)?]
      ): Promise<A | B> {
        started++;
        return super.then(...handlers);
      }
    }
    const lazy = timeCall(() => new Lazy<number>((resolve) => resolve(1)), done);
    await settle();
    expect(started).toBe(0);
    expect(await lazy).toBe(1);
    expect(started).toBe(1);
  });

  it("does not call the constructor of a subclass", async () => {
    let made = 0;
    class Task<T> extends Promise<T> {
      constructor(executor: (resolve: (value: T) => void) => void, name?: string) {
        made++;
        // Like p-lazy, which keeps the executor for later: `then` of a plain promise cannot use such a constructor.
        super(name === undefined ? () => {} : executor);
      }
    }
    const task = timeCall(() => new Task<number>((resolve) => resolve(1), "named"), done);
    await settle();
    expect([made, ended]).toEqual([1, [[false, 1]]]);
    expect(Reflect.ownKeys(task)).toEqual([]);
  });

  it("returns a frozen promise as it is", async () => {
    const frozen = Object.freeze(Query.reject(failure));
    expect(timeCall(() => frozen, done)).toBe(frozen);
    await expect(frozen).rejects.toBe(failure);
    expect(ended).toEqual([[true, undefined]]);
  });

  it("never touches then of another thenable", () => {
    const lazy = {
      // biome-ignore lint/suspicious/noThenProperty: a lazy query, as database clients return them
      get then(): never {
        throw new Error("ran twice");
      },
    };
    expect(timeCall(() => lazy, done)).toBe(lazy);
    expect(ended).toEqual([[false, lazy]]);
  });

  it("times generators until they are exhausted, returned or have thrown", () => {
    const numbers = function* () {
      yield 1;
      yield 2;
    };
    const whole = timeCall(numbers, done);
    expect([...whole]).toEqual([1, 2]);
    expect(ended).toEqual([[false, whole]]);
    for (const _ of timeCall(numbers, done)) break;
    expect(ended).toHaveLength(2);
    expect(() => timeCall(numbers, done).throw(failure)).toThrow(failure);
    expect(ended[2]?.[0]).toBe(true);
    timeCall(numbers, done);
    expect(ended).toHaveLength(3);
  });

  it("passes on what is sent into a generator, what it returns and what its clean-up yields", () => {
    const talk = function* (): Generator<string, string, string> {
      let heard = "";
      try {
        heard = yield "first";
        yield heard;
      } finally {
        yield "clean-up";
      }
      return heard;
    };
    const timed = timeCall(talk, done);
    expect([timed.next("ignored"), timed.next("sent")]).toEqual([
      { done: false, value: "first" },
      { done: false, value: "sent" },
    ]);
    expect(timed.return("stop")).toEqual({ done: false, value: "clean-up" });
    expect(ended).toEqual([]);
    expect(timed.next("")).toEqual({ done: true, value: "stop" });
    expect(ended).toEqual([[false, timed]]);
    expect(Reflect.ownKeys(timed)).toEqual([]);
  });

  it("times a generator that another one delegates to", () => {
    const inner = (): Generator<number> =>
      timeCall(function* () {
        yield 1;
        yield 2;
      }, done);
    const outer = function* (): Generator<number> {
      yield 0;
      yield* inner();
    };
    expect([...outer()]).toEqual([0, 1, 2]);
    expect(ended).toHaveLength(1);
  });

  it("times async generators alike", async () => {
    const numbers = async function* (fail = false) {
      yield 1;
      if (fail) throw failure;
    };
    expect(await Array.fromAsync(timeCall(() => numbers(), done))).toEqual([1]);
    await expect(Array.fromAsync(timeCall(() => numbers(true), done))).rejects.toBe(failure);
    for await (const _ of timeCall(() => numbers(), done)) break;
    expect(ended.map(([failed]) => failed)).toEqual([false, true, false]);
  });
});
