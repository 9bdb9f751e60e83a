import { copyFileSync } from "node:fs";
import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts"],
  format: "esm",
  target: "node22",
  sourcemap: true,
  clean: true,
  // Parts of the OpenTelemetry packages that are not used would come along as chunks.
  splitting: false,
  // The serialisers of OpenTelemetry are compiled in, so their licence goes along.
  onSuccess: async () => {
    copyFileSync("node_modules/@opentelemetry/otlp-transformer/LICENSE", "dist/opentelemetry.LICENSE");
  },
});
