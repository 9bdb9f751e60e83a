import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { dirname, join } from "node:path";

const PEERS = [
  "prom-client",
  "@opentelemetry/sdk-metrics",
  "hot-shots",
  "@datadog/sketches-js",
  "hdr-histogram-js",
  "measured-core",
  "omggif",
  "gifuct-js",
  "sharp",
] as const;

/** Prints what the figures were measured on; without it they mean nothing. */
export function printMachine(): void {
  console.log(`${machineName()}, load ${loadavg()[0]!.toFixed(2)}`);
  console.log(`Node ${process.version} (V8 ${process.versions.v8}), ${process.platform} ${process.arch}`);
  console.log(PEERS.map((name) => `${name} ${versionOf(name)}`).join(", "));
  console.log("Medians of interleaved rounds. On a busy machine trust the ratios, not the nanoseconds.");
}

/** Processor, cores and memory. */
export function machineName(): string {
  const model = cpus()[0]?.model ?? "unknown processor";
  return `${model}, ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
}

function versionOf(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  for (;;) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
        name?: string;
        version?: string;
      };
      if (manifest.name === name) return manifest.version ?? "?";
    } catch {
      // Not the package's own folder yet.
    }
    const parent = dirname(folder);
    if (parent === folder) return "?";
    folder = parent;
  }
}
