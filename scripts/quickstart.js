// `pnpm quickstart`: builds, runs the GIF pipeline twice with monitoring on, and shows what another terminal sees of it.
import "./check-node.js";
import { spawn, spawnSync } from "node:child_process";

const giflab = "apps/cli/bin/giflab.js";
const began = performance.now();

const say = (text) => process.stdout.write(`${text}\n`);
const title = (text) => say(`\n== ${text}  [${((performance.now() - began) / 1000).toFixed(0)} s]`);

/** Runs a command with its talk on this terminal; resolves to its exit code and what it wrote to stdout. */
const run = (command, args, { show = false } = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", show ? "inherit" : "pipe", "inherit"] });
    let output = "";
    child.stdout?.on("data", (chunk) => (output += chunk));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });

const must = async (what, command, args) => {
  const { code, output } = await run(command, args);
  if (code === 0) return output;
  say(output);
  say(`${what} failed with exit code ${code}`);
  process.exit(1);
};

const show = async (...args) => {
  say(`\n$ pnpm giflab ${args.join(" ")}`);
  return (await run(process.execPath, [giflab, ...args], { show: true })).code;
};

title("building the packages");
const build = spawnSync("pnpm", ["exec", "turbo", "run", "build", "--output-logs=errors-only"], {
  stdio: ["ignore", "inherit", "inherit"],
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
});
if (build.status !== 0) process.exit(1);

title("emptying the caches, so that the first run is a cold one");
await must("cache clear", process.execPath, [giflab, "cache", "clear", "--all"]);

const pipeline = async (name) => {
  title(`${name} run: giflab run --preset quick-test (built-in sample GIFs, monitoring on)`);
  return JSON.parse(
    await must(`the ${name} run`, process.execPath, [giflab, "run", "--preset", "quick-test", "--json"]),
  );
};
const cold = await pipeline("cold");
const warm = await pipeline("warm");

const percent = (share) => (share === undefined || share === null ? "-" : `${Math.round(share * 100)} %`);
title("what the caches did");
say(`cold: ${cold.seconds.toFixed(2)} s for ${cold.gifs} GIFs, ${cold.jobs} jobs`);
say(
  `warm: ${warm.seconds.toFixed(2)} s, ${(cold.seconds / warm.seconds).toFixed(1)}x as fast: ` +
    `${percent(warm.caches.frame.hitRate)} of the frame look-ups and ${percent(warm.caches.validation.hitRate)} of the quality ` +
    `metrics came from the caches on disk (cold: ${percent(cold.caches.frame.hitRate)} and ${percent(cold.caches.validation.hitRate)})`,
);

title("what another terminal sees");
await show("metrics", "status");
const alerts = await show("metrics", "alerts");
say(`(exit code ${alerts}: 0 ok, 1 warning, 2 critical, 3 unknown)`);
say(
  "The low hit rate of cache.resize raises no alert: the two pipelines keep different frames, so most are compared once\n" +
    "(first_uses above), and what was never seen before no cache could have answered (avoidable_misses: 0).",
);

title("where to look next");
say(`pnpm giflab metrics monitor                       live, while another terminal runs: pnpm giflab run --preset quick-test
pnpm giflab metrics status --system frame -w 600  one system, the last ten minutes
pnpm giflab metrics export -o metrics.json --start "-1h"
pnpm giflab cache status                          hit rates, limits and disk usage
pnpm giflab run path/to/gifs --preset quick-test  your own files
docs/runbook.md                                   the operations manual
README.md                                         the same in your own program, in one line`);
