import { describe, expect, test } from "vitest";
import { LazyImports } from "../../src/lazy-imports/lazy-imports.ts";
import { ModuleUnavailableError } from "../../src/lazy-imports/lazy-module.ts";
import { recordMessages } from "../caching/recorded-messages.ts";

const never = (): Promise<never> => Promise.reject(new Error("this test asks for no load"));

describe("a lazy import", () => {
  test("loads when first asked for, once for all who ask, and tells of it once", async () => {
    const messages = recordMessages("giflab:lazy-import");
    let loads = 0;
    const module = new LazyImports().lazy(
      async () => {
        loads++;
        return { answer: 42 };
      },
      { name: "answers" },
    );
    expect([loads, module.isLoaded]).toEqual([0, false]);
    const [first, second] = await Promise.all([module.get(), module.get()]);
    expect(second).toBe(first);
    expect(await module.get()).toEqual({ answer: 42 });
    expect([loads, module.isLoaded]).toEqual([1, true]);
    expect(messages).toEqual([{ module: "answers", seconds: expect.any(Number), fallbackUsed: false }]);
  });

  test("remembers a failure and gives its fallback each time", async () => {
    const messages = recordMessages("giflab:lazy-import");
    let tries = 0;
    const load = (): Promise<number> => {
      tries++;
      return Promise.reject(new Error("broken"));
    };
    const module = new LazyImports().lazy(load, { name: "broken", fallback: 7, resolve: () => "found" });
    expect(module.isAvailable).toBe(true);
    expect([await module.get(), await module.get()]).toEqual([7, 7]);
    expect(tries).toBe(1);
    expect(module.isAvailable).toBe(false);
    expect(messages).toEqual([{ module: "broken", seconds: expect.any(Number), fallbackUsed: true }]);
  });

  test("may have undefined for its fallback", async () => {
    const module = new LazyImports().lazy<unknown>(() => import("no-such-module-anywhere" as string), {
      name: "no-such-module-anywhere",
      fallback: undefined,
    });
    expect(await module.get()).toBeUndefined();
  });

  test("says what is missing when there is no fallback", async () => {
    const module = new LazyImports().lazy(() => import("no-such-module-anywhere" as string), {
      name: "no-such-module-anywhere",
    });
    await expect(module.get()).rejects.toBeInstanceOf(ModuleUnavailableError);
    await expect(module.get()).rejects.toThrow(
      /^Module 'no-such-module-anywhere' is not available and no fallback provided/,
    );
  });

  test("knows what is installed without loading it", () => {
    const imports = new LazyImports();
    imports.lazy(never, { name: "sharp" });
    imports.lazy(never, { name: "no-such-module-anywhere" });
    expect(imports.getStatus()).toEqual({
      sharp: { available: true, imported: false },
      "no-such-module-anywhere": { available: false, imported: false },
    });
    expect([imports.isAvailable("sharp"), imports.isAvailable("never declared")]).toEqual([true, false]);
  });

  test("is the same module for everybody who declares its name", () => {
    const imports = new LazyImports();
    expect(imports.lazy(never, { name: "sharp" })).toBe(imports.lazy(never, { name: "sharp" }));
  });

  test("can be loaded ahead: all of them, and none fails the others", async () => {
    const imports = new LazyImports();
    const loaded: string[] = [];
    for (const name of ["a", "b", "c"]) {
      imports.lazy(
        async () => {
          if (name === "b") throw new Error("broken");
          loaded.push(name);
        },
        { name },
      );
    }
    await imports.preload(["c", "unknown"]);
    expect(loaded).toEqual(["c"]);
    await imports.preload();
    expect(loaded).toEqual(["c", "a"]);
    expect(imports.getStatus()["b"]).toEqual({ available: false, imported: false });
  });
});
