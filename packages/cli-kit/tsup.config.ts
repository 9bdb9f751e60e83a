import { readFile } from "node:fs/promises";
import { defineConfig, type Options } from "tsup";

/**
 * Loads the framework's modules when something in them is first used. It is compiled so that every import is an object
 * whose members are read at each use (`const x_1 = require("x")` ... `x_1.member`), which a proxy can stand for; most of
 * what it imports (globbing, templates, spinners, child processes) no command ever uses.
 */
const lazyFramework: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "lazy-framework",
  setup(build) {
    build.onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const lazy = source.replace(
        /^const (\w+_\d+) = ((?:__importDefault\()?require\("[^"]+"\)\)?);$/gm,
        "const $1 = __lazy(() => $2);",
      );
      return { contents: lazy, loader: "js" };
    });
  },
};

/** The framework makes loggers at each start; without DEBUG in the environment they say nothing and need not be loaded. */
const silentLoggers: typeof lazyFramework = {
  name: "silent-loggers",
  setup(build) {
    build.onLoad({ filter: /[\\/]debug[\\/]src[\\/]index\.js$/ }, () => ({
      contents: `
        const silent = () => Object.assign(() => {}, { enabled: false, extend: silent });
        module.exports = process.env.DEBUG ? require("./node.js") : silent;`,
      loader: "js",
    }));
  },
};

export default defineConfig({
  entry: ["src/index.ts", "src/help.ts"],
  format: "esm",
  target: "node22",
  sourcemap: false,
  clean: true,
  minifyWhitespace: true,
  minifySyntax: true,
  // The framework's several hundred small files are most of a command's start-up time. Bundled once here, the giflab
  // command and its plugins share one copy; `typescript` would be required only to run plugins from TypeScript source.
  noExternal: [/^@oclif\/core/],
  external: ["typescript"],
  esbuildPlugins: [lazyFramework, silentLoggers],
  banner: {
    js: [
      'import { createRequire as __createRequire } from "node:module";',
      'import { fileURLToPath as __fileURLToPath } from "node:url";',
      "const require = __createRequire(import.meta.url);",
      "const __filename = __fileURLToPath(import.meta.url);",
      'const __dirname = __fileURLToPath(new URL(".", import.meta.url));',
      "const __lazy = (load) => { let loaded; return new Proxy({}, { get: (_, name) => (loaded ??= load())[name] }); };",
    ].join("\n"),
  },
});
