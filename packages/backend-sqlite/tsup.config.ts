import { defineConfig } from "tsup";

export default defineConfig({
  // The operators' part apart: programs that record never load it.
  entry: {
    index: "src/index.ts",
    operations: "src/operations/index.ts",
    "upkeep-thread-entry": "src/upkeep-thread-entry.ts",
  },
  format: "esm",
  target: "node22",
  sourcemap: true,
  clean: true,
});
