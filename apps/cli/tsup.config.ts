import { defineConfig } from "tsup";

export default defineConfig({
  // One file per command besides what they share: a command loads only its own.
  entry: ["src/main.ts", "src/index.ts"],
  format: "esm",
  target: "node22",
  splitting: true,
  sourcemap: false,
  clean: true,
});
