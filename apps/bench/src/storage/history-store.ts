import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SqliteBackend } from "@giflab/backend-sqlite";
import { ManualClock } from "@giflab/metrics-core";
import { Workload } from "./workload.ts";

const SEED = 20_261_124;
const DAYS = 30;
const DAY = 86_400;
const HOUR = 3600;
/** What is older than this is kept by hour for sure, */
const BY_HOUR_DAYS = 9;
/** and needs fewer flushes to look the same. What is older than a day is kept by minute: shorter ones would show in the last day only. */
const OLD_FLUSH_SECONDS = 300;
const FLUSH_SECONDS = 60;
const TELL_MS = 5000;

const BEGIN = new Workload(SEED).begin;

/** What is in the store of a month. Times in epoch seconds. */
export const HISTORY: { readonly seed: number; readonly begin: number; readonly now: number } = {
  seed: SEED,
  begin: BEGIN,
  now: BEGIN + DAYS * DAY,
};

/**
 * Path of a store that holds workload W of a month with the default rollups: a day as flushed, six by minute, 23 by hour. To
 * be read only. Filling it takes a minute or two, so it is kept in the folder for temporary files, for as long as neither the
 * sources of the package that writes it nor the workload change.
 */
export async function historyStore(): Promise<string> {
  const folder = join(tmpdir(), "giflab-bench-history");
  const name = `${version()}.db`;
  const dbPath = join(folder, name);
  if (existsSync(dbPath)) {
    console.error(`the store of ${DAYS} days is there from an earlier run: ${dbPath}`);
    return dbPath;
  }
  mkdirSync(folder, { recursive: true });
  for (const old of readdirSync(folder)) if (!old.startsWith("part-")) rmSync(join(folder, old), { force: true });
  const unfinished = join(folder, `part-${process.pid}-${name}`);
  await fill(unfinished);
  renameSync(unfinished, dbPath);
  return dbPath;
}

/** Another one when the store would come out otherwise. */
function version(): string {
  const hash = createHash("sha256").update(readFileSync(new URL("workload.ts", import.meta.url)));
  hash.update(readFileSync(new URL(import.meta.url)));
  const sources = dirname(fileURLToPath(import.meta.resolve("@giflab/backend-sqlite")));
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((file) => /\.[jt]s$/.test(file));
  for (const file of files.sort()) hash.update(readFileSync(join(sources, file)));
  return hash.digest("hex").slice(0, 16);
}

async function fill(dbPath: string): Promise<void> {
  const workload = new Workload(SEED, OLD_FLUSH_SECONDS);
  const clock = new ManualClock(workload.begin);
  // On the event loop: this writes a month in a minute, beside a thread that would never catch up.
  const store = new SqliteBackend({ dbPath, clock, maxSizeMb: 10_000, upkeep: "loop" });
  let told = performance.now();
  console.error(`filling a store with ${DAYS} days, which is kept for later runs`);
  while (workload.now < HISTORY.now) {
    workload.flushSeconds = HISTORY.now - workload.now > BY_HOUR_DAYS * DAY ? OLD_FLUSH_SECONDS : FLUSH_SECONDS;
    const snapshot = workload.next();
    clock.advance(snapshot.end - clock.now());
    store.write(snapshot);
    // A quarter past the hour, when the hour before is due.
    if ((snapshot.end - BEGIN) % HOUR === HOUR / 4) await store.maintain();
    if (performance.now() - told < TELL_MS) continue;
    told = performance.now();
    console.error(`day ${Math.ceil((workload.now - BEGIN) / DAY)} of ${DAYS}`);
  }
  await store.close();
}
