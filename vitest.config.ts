import { readdirSync } from "node:fs";
import { transform } from "esbuild";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { TotalsReporter } from "./scripts/totals-reporter.ts";

type Plugin = Exclude<
  NonNullable<ViteUserConfig["plugins"]>[number],
  undefined | null | false | unknown[] | Promise<unknown>
>;

/** Vitest leaves TC39 decorators as they are, and Node has none yet: files that use them go through esbuild first. */
const lowerDecorators = {
  name: "lower-decorators",
  enforce: "pre",
  async transform(code: string, id: string) {
    if (!/\.ts$/.test(id) || !/^\s*@[a-zA-Z]\w*[(\s]/m.test(code.replace(/^\s*\*.*$/gm, ""))) return null;
    const out = await transform(code, { loader: "ts", target: "node22", sourcefile: id, sourcemap: true });
    return { code: out.code, map: out.map };
  },
} as Plugin;

const long = process.env["GIFLAB_TEST_LONG"] === "1";

const projects = ["packages", "apps"].flatMap((top) =>
  readdirSync(new URL(top, import.meta.url))
    .filter((name) => name !== "bench")
    .map((name) => ({
      extends: true as const,
      test: { name, root: `${top}/${name}`, include: ["test/**/*.test.ts"] },
    })),
);

export default defineConfig({
  plugins: [lowerDecorators],
  resolve: { conditions: ["@giflab/source"] },
  ssr: { resolve: { conditions: ["@giflab/source", "node", "module", "import", "default"] } },
  test: {
    projects,
    pool: "forks",
    // Node strips types with WebAssembly, also in each thread that a test starts. After 1,000 calls back into JavaScript V8 13.6
    // compiles the code for them anew and frees the old, which all threads share: once a check of its own failed there
    // ("jit_page.has_value()") and took the test's process along. This keeps the first code. Built packages strip nothing.
    execArgv: ["--wasm-wrapper-tiering-budget=2147483647"],
    // By default one less than there are processors: on two of them one, though tests wait most of the time, for servers and programs.
    maxWorkers: 2,
    reporters: ["default", new TotalsReporter()],
    testTimeout: long ? 900_000 : 60_000,
    hookTimeout: 60_000,
    passWithNoTests: false,
  },
});
