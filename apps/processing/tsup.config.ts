import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/monitoring.ts", "src/commands/index.ts", "src/workers/pixel-worker.ts"],
  format: "esm",
  target: "node22",
  sourcemap: true,
  clean: true,
});
