import { resolve } from "node:path";
import { type Clock, isMetricsError, MetricsError } from "@giflab/metrics-core";
import { beginStoring, Overtaken } from "../block-storage.ts";
import { retryWhileBusy } from "../busy-retry.ts";
import type { Connection } from "../connection.ts";
import { openWriter, type StoreWriter } from "../open-writer.ts";
import { packingsSoFar } from "../packing-count.ts";
import { resolveSqliteOptions, type SqliteOptions } from "../sqlite-options.ts";
import type { Stepwise } from "../stepwise.ts";
import { fileIdentity } from "../store-file.ts";
import { Upkeep } from "../upkeep.ts";
import { openForReading } from "./expect-store.ts";
import type { Finding } from "./findings.ts";
import { mergeBlocks } from "./merge-blocks.ts";
import { checkConflicts } from "./merge-conflicts.ts";
import { mergeDocuments } from "./merge-documents.ts";
import { MergeJob } from "./merge-job.ts";
import { checkRoom, type MergePlan, planMerge } from "./merge-plan.ts";
import { mergeHotRows } from "./merge-rows.ts";
import { MergeSource } from "./merge-source.ts";
import { MergeTarget } from "./merge-target.ts";
import { type OperationOptions, ProgressReporter } from "./operation-progress.ts";
import { pause, runSteps, writeLogBack } from "./run-steps.ts";

export interface MergeOptions extends SqliteOptions, OperationOptions {
  /** The files to merge into the store `dbPath`; they are only read. */
  readonly sources: readonly string[];
}

/** What came of one source. */
export interface MergedSource {
  readonly dbPath: string;
  /** Rows of the file, and how many of them were new and are in the store now, with their points. */
  readonly rows: number;
  readonly mergedRows: number;
  readonly mergedPoints: number;
  /** Rows older than the store keeps anything, which were left out. */
  readonly expiredRows: number;
  /** Rolled up rows that share some snapshots with other rows of the store, and were left out. */
  readonly inseparableRows: number;
  /** What cannot be read, and was left out. */
  readonly damage: readonly Finding[];
}

/** What `mergeStores` has done. */
export interface MergeReport {
  readonly dbPath: string;
  readonly sources: readonly MergedSource[];
}

const SECONDS_PER_DAY = 86_400;
/** Another program that seals and rolls up is waited for as long as its lease may last. */
const LEASE_WAIT_MS = 70_000;
const LEASE_PAUSE_MS = 250;
/** A source into which programs write is gone through again when its rows have been packed meanwhile. */
const PASSES = 8;

/**
 * Merges stores of other hosts, or copies of this one, into the store `dbPath`, which is made where there is none. A series is
 * the same with the same name, kind and tags, an instance with the same writer id, a snapshot with the same instance and
 * sequence number: so what is there already is left as it is, and merging a file again changes nothing. Sealed and rolled
 * up rows stay what they are, to the bit. What both have at different resolution stays as the target has it, unless a row of
 * the source contains all of it and more. Rows older than the target keeps are left out. Of definitions, alert rules and
 * states the target's win.
 *
 * Programs may write into the target and the sources meanwhile: transactions take some milliseconds. Whenever it is killed,
 * what was merged is there once, and merging again does the rest.
 *
 * Throws before anything is written `METRIC_CONFLICT` for metrics of different kinds or units, `BACKEND_FULL` when the target
 * may not become that large, `INVALID_OPTION` when a source is the target, and the codes of a reader for the sources; later
 * `BACKEND_BUSY` when other programs keep it from the lock, and the signal's reason.
 */
export async function mergeStores({ sources, ...options }: MergeOptions): Promise<MergeReport> {
  const settings = resolveSqliteOptions(options);
  const { dbPath, clock } = settings;
  const opened: Connection[] = [];
  try {
    for (const path of sources) {
      const source = await openForReading(resolveSqliteOptions({ ...quiet(options), dbPath: path, readonly: true }));
      opened.push(source);
      if (source.identity !== fileIdentity(dbPath)) continue;
      throw new MetricsError(
        "INVALID_OPTION",
        `${resolve(path)} is the store itself: name other files to merge into it`,
      );
    }
    const target = await openIfThere(settings);
    try {
      checkConflicts([...(target === undefined ? [] : [target]), ...opened]);
    } finally {
      target?.close();
    }
    const writer = await retryWhileBusy(() => openWriter(settings));
    try {
      return await mergeInto(writer, opened, clock, options);
    } finally {
      writer.connection.close();
    }
  } finally {
    for (const connection of opened) connection.close();
  }
}

async function mergeInto(
  writer: StoreWriter,
  sources: readonly Connection[],
  clock: Clock,
  { signal, onProgress }: OperationOptions,
): Promise<MergeReport> {
  const target = new MergeTarget(writer, clock);
  const reporter = new ProgressReporter({ onProgress });
  let total = 0;
  const jobs: MergeJob[] = [];
  const onTurn = (): void =>
    reporter.offer(() => {
      const done = Math.min(
        total,
        jobs.reduce((sum, { seen }) => sum + seen, 0),
      );
      return { phase: "merging rows", done, total, unit: "rows" };
    });
  const run = <T>(job: Stepwise<T>): Promise<T> => runSteps(writer, job, { signal, onTurn });
  try {
    await takeLease(target, clock, run);
    target.load();
    const { retentionDays, rollupDays } = writer.limits;
    const oldest = clock.now() - Math.max(retentionDays, rollupDays) * SECONDS_PER_DAY;
    for (const source of sources) jobs.push(new MergeJob(new MergeSource(source), target, clock, oldest));
    const plans: MergePlan[] = [];
    for (const job of jobs) plans.push(await run(planMerge(job)));
    checkRoom(target, plans);
    total = plans.reduce((sum, { rows }) => sum + rows, 0);
    for (const job of jobs) await run(mergeSource(job));
    // Old rows are rolled up before anybody takes them for late ones that are to go.
    await run(new Upkeep(target.lease).run(writer, clock.now()));
    await writeLogBack(writer.connection.path, "TRUNCATE");
    return { dbPath: writer.connection.path, sources: jobs.map((job, i) => reportOf(job, plans[i]!)) };
  } catch (cause) {
    if (!(cause instanceof Overtaken)) throw cause;
    throw new MetricsError("BACKEND_BUSY", "other programs change the store at the same time: merge again", { cause });
  } finally {
    target.letGo();
  }
}

function* mergeSource(job: MergeJob): Stepwise<void> {
  yield* mergeDocuments(job.source, job.target);
  for (let pass = 0; pass < PASSES; pass++) {
    const packings = yield* job.source.read(() => packingsSoFar(job.source.connection));
    // Rows that are not sealed first: they may be sealed meanwhile, never the reverse.
    yield* mergeHotRows(job);
    yield* mergeBlocks(job);
    if ((yield* job.source.read(() => packingsSoFar(job.source.connection))) === packings) return;
  }
}

/** Nobody else seals or rolls up meanwhile. */
async function takeLease(
  target: MergeTarget,
  clock: Clock,
  run: (job: Stepwise<boolean>) => Promise<boolean>,
): Promise<void> {
  const until = performance.now() + LEASE_WAIT_MS;
  while (!(await run(beginStoring(target.connection, target.lease, clock.now())))) {
    if (performance.now() >= until) {
      throw new MetricsError("BACKEND_BUSY", `another program is packing ${target.connection.path}: try again later`);
    }
    await pause(LEASE_PAUSE_MS);
  }
}

function reportOf(job: MergeJob, { rows, expiredRows }: MergePlan): MergedSource {
  return {
    dbPath: job.source.path,
    rows,
    mergedRows: job.rows,
    mergedPoints: job.points,
    expiredRows,
    inseparableRows: job.inseparable,
    damage: job.damage.damage,
  };
}

/** The target for reading; `undefined` when it is to be made. */
async function openIfThere(settings: ReturnType<typeof resolveSqliteOptions>): Promise<Connection | undefined> {
  if (fileIdentity(settings.dbPath) === undefined) return undefined;
  try {
    return await openForReading(settings);
  } catch (cause) {
    // An empty file.
    if (isMetricsError(cause, "BACKEND_UNAVAILABLE") && cause.cause === undefined) return undefined;
    throw cause;
  }
}

function quiet({ clock, onWarning }: SqliteOptions): SqliteOptions {
  return { clock, onWarning };
}
