import { defineConfig } from "tsup";

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
  banner: {
    js: [
      'import { createRequire as __createRequire } from "node:module";',
      'import { fileURLToPath as __fileURLToPath } from "node:url";',
      "const require = __createRequire(import.meta.url);",
      "const __filename = __fileURLToPath(import.meta.url);",
      'const __dirname = __fileURLToPath(new URL(".", import.meta.url));',
    ].join("\n"),
  },
});
