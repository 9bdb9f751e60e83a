import { defineConfig } from "tsup";

export default defineConfig({
  // The reader apart: programs that are scraped never load it.
  entry: { index: "src/index.ts", store: "src/store/index.ts" },
  format: "esm",
  target: "node22",
  sourcemap: true,
  clean: true,
});
