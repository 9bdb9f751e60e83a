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

    it("does not hide a rejection that nobody handles", async () => {
      void timeCall(fail, done);
      await settle();
      expect(unhandled).toEqual([failure]);
    });
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
