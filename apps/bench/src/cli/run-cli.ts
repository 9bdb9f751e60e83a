import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Figure } from "../figure.ts";
import { interleaveJobs, type JobTiming, jobRatio } from "../gif/interleaved-jobs.ts";
import { fillStore } from "../storage/fill-store.ts";
import { Workload } from "../storage/workload.ts";
import { printFigures, printTable } from "../table.ts";
import { makeBareOclif } from "./bare-oclif.ts";

const GIFLAB = fileURLToPath(new URL("../../../cli/bin/giflab.js", import.meta.url));
/** `GIFLAB_BENCH_DAYS=1` for a quick look; the figure is for seven. */
const DAYS = Number(process.env["GIFLAB_BENCH_DAYS"] ?? 7);
const WINDOW_SECONDS = 300;
const ROUNDS = 21;
const SEED = 20_261_124;

/** What a command costs from the shell until it has ended, beside a Node that does nothing. Runs the built command. */
export async function runCli(): Promise<Figure[]> {
  if (!existsSync(fileURLToPath(new URL("../../../cli/dist/main.js", import.meta.url)))) {
    console.log("\nThe command is not built yet: run pnpm build for `pnpm bench cli`");
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), "giflab-bench-cli-"));
  try {
    const source = new Workload(SEED);
    const { dbPath, series } = await fillStore({ folder, source, days: DAYS }, "metrics", {});
    const window = ["--start", String(source.now - WINDOW_SECONDS), "--end", String(source.now)];
    const environment = { GIFLAB_METRICS_DB: dbPath, HOME: folder, XDG_CACHE_HOME: folder };
    const options = { cwd: folder, env: { ...process.env, ...environment } };
    const bare = makeBareOclif(folder);
    const commands: readonly [string, readonly string[]][] = [
      ["node -e 0", ["-e", "0"]],
      ["a bare oclif command --version", [bare, "--version"]],
      ["a bare oclif command, one line", [bare, "hello"]],
      ["giflab --version", [GIFLAB, "--version"]],
      ["giflab --help", [GIFLAB, "--help"]],
      ["giflab metrics config", [GIFLAB, "metrics", "config"]],
      [`giflab metrics status, ${series} series`, [GIFLAB, "metrics", "status", ...window]],
      ["giflab metrics status --metric NAME", [GIFLAB, "metrics", "status", ...window, "--metric", "api.counter.7"]],
    ];
    // The first round of all compiles, and is not counted: Node keeps what it has compiled in the folder of caches.
    const jobs = commands.map(([name, args]) => ({ name, run: () => finish(name, args, options) }));
    const timings = await interleaveJobs(jobs, { rounds: ROUNDS, seconds: 60 });
    return report(timings, series);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(timings: readonly JobTiming[], series: number): Figure[] {
  const [node] = timings as [JobTiming, ...JobTiming[]];
  console.log(`\nthe command, from start to end, on a store of ${series} series x ${DAYS} days (wall time)`);
  printTable(
    ["", "ms", "quartiles", "x node -e 0"],
    timings.map((timing) => [
      timing.name,
      timing.ms.toFixed(0),
      timing.quartiles.map((ms) => ms.toFixed(0)).join(" .. "),
      timing === node ? "" : jobRatio(timing, node).toFixed(1),
    ]),
  );
  const status = timings.find(({ name }) => name.startsWith("giflab metrics status,"))!;
  const times = jobRatio(status, node);
  const figures = [{ text: "metrics status <= 3.5x node -e 0", got: `${times.toFixed(1)}x`, reached: times <= 3.5 }];
  printFigures(figures);
  return figures;
}

function finish(name: string, args: readonly string[], options: SpawnSyncOptions): void {
  const { status, stderr } = spawnSync(process.execPath, args, options);
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr?.toString()}`);
}
