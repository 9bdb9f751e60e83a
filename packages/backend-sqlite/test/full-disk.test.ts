import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SeededRandom, TestInstance } from "@giflab/backend-testkit";
import { isMetricsError, ManualClock, type MetricSnapshot } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SqliteBackend } from "../src/index.ts";
import { countedFlush } from "./counted-flush.ts";
import { leftovers, recount } from "./counted-store.ts";
import { CRASH_STORES, LAST_SEQUENCE } from "./crash-stores.ts";
import { StoreFolder } from "./store-folder.ts";
import { type OnAccess, type Stages, watchAccesses } from "./watch-accesses.ts";

const folder = new StoreFolder();
const long = process.env["GIFLAB_TEST_LONG"] === "1";
const SIDE_FILES = ["", "-wal", "-shm"];
/** Checkpoints of a log that is there already need no room. */
const NEEDS_NO_ROOM = "checkpoint";

const stages: Record<string, Stages[string]> = {};
let onAccess: OnAccess = () => {};
watchAccesses(stages, (stage, number) => onAccess(stage, number));

/** A program that goes on beside a full disk: what is refused waits, in order, as it does in a collector. */
class Program {
  readonly store: SqliteBackend;
  readonly #instance: TestInstance;
  readonly #waiting: MetricSnapshot[] = [];
  #sequence = 0;

  constructor(dbPath: string, now: number) {
    this.store = new SqliteBackend({ dbPath, clock: new ManualClock(now), onWarning: () => {} });
    this.#instance = new TestInstance({ service: "program", start: now - 500 });
  }

  get acknowledged(): number {
    return this.#sequence - this.#waiting.length;
  }

  get recorded(): number {
    return this.#sequence;
  }

  flush(): void {
    this.#waiting.push(countedFlush(this.#instance, ++this.#sequence));
    this.deliver();
  }

  deliver(): void {
    while (this.#waiting.length > 0) {
      if (!works(() => this.store.writeSync(this.#waiting[0]!))) return;
      this.#waiting.shift();
    }
  }

  async maintain(): Promise<boolean> {
    try {
      await this.store.maintain();
      return true;
    } catch (error) {
      if (isMetricsError(error, "BACKEND_FULL")) return false;
      throw error;
    }
  }
}

function works(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (isMetricsError(error, "BACKEND_FULL")) return false;
    throw error;
  }
}

/** Whether this machine lets us mount a small disk of our own. */
const mountable =
  process.platform === "linux" &&
  spawnSync("sh", ["-c", "d=$(mktemp -d) && mount -t tmpfs -o size=64k tmpfs $d && umount $d && rmdir $d"]).status ===
    0;

describe.runIf(mountable).each(Object.entries(CRASH_STORES))("a store %s", (_, { stages: wanted, make, keeps }) => {
  let disk = "";
  beforeEach(() => {
    disk = join(folder.path, "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", disk]);
  });
  afterEach(() => {
    onAccess = () => {};
    execFileSync("umount", ["-l", disk]);
  });

  it("loses and doubles nothing by a disk that is full from any moment of its upkeep on, and goes on with room", {
    timeout: 3_600_000,
  }, async () => {
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    const now = make(folder.dbPath);
    const dbPath = join(disk, "metrics.db");
    const ballast = join(disk, "ballast");
    const begin = (): Program => {
      for (const file of [...SIDE_FILES.map((suffix) => dbPath + suffix), ballast]) rmSync(file, { force: true });
      for (const stage of Object.keys(stages)) delete stages[stage];
      copyFileSync(folder.dbPath, dbPath);
      return new Program(dbPath, now);
    };
    const run = async (program: Program): Promise<void> => {
      for (let flush = 0; flush < 5; flush++) program.flush();
      for (let attempt = 0; attempt < 2; attempt++) {
        await program.maintain();
        for (let flush = 0; flush < 5; flush++) program.flush();
      }
    };
    const complete = begin();
    await run(complete);
    await complete.store.close();
    const seen = structuredClone(stages);
    expect(Object.keys(seen)).toEqual(expect.arrayContaining([...wanted]));
    const refused = new Map<string, number>();
    const rounds = long ? 60 : 1;
    for (const stage of wanted.filter((one) => one !== NEEDS_NO_ROOM)) {
      for (let round = 0; round < rounds; round++) {
        const fillAt = 1 + random.integer(seen[stage]!.accesses);
        const spare = random.integer(3) === 0 ? random.integer(64 * 1024) : 0;
        const where = `when the disk has ${spare} bytes from access ${fillAt} of ${stage} on`;
        const program = begin();
        onAccess = (at, number) => {
          if (at !== stage || number !== fillAt) return;
          const { bavail, bsize } = statfsSync(disk);
          writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - spare)));
        };
        await run(program);
        onAccess = () => {};
        for (const [at, { errors }] of Object.entries(stages)) refused.set(at, (refused.get(at) ?? 0) + errors);
        rmSync(ballast, { force: true });
        try {
          expect((await recount(dbPath)).get("program")?.last ?? 0).toBe(program.acknowledged);
          program.deliver();
          expect(await program.maintain()).toBe(true);
          await program.store.close();
          const ranges = await recount(dbPath);
          expect(ranges.get("program")).toMatchObject({ first: 1, last: program.recorded });
          for (const writer of ["a", "b"]) {
            const { first, last, oldest } = ranges.get(writer)!;
            expect(last).toBe(LAST_SEQUENCE);
            expect(first).toBeLessThanOrEqual(keeps(now).first ?? first);
            expect(oldest).toBeLessThanOrEqual(keeps(now).oldest ?? oldest);
          }
          expect(leftovers(dbPath)).toBe(0);
        } catch (cause) {
          throw new Error(`${where}: ${(cause as Error).message}`, { cause });
        }
      }
    }
    console.log(`refused for want of room: ${JSON.stringify(Object.fromEntries(refused))}`);
    // A single round may find room enough in the log that is there.
    if (long) expect(refused.get("flush")).toBeGreaterThan(0);
  });
});

if (!mountable) {
  describe("a full disk", () => {
    it("cannot be made here", () => {
      console.warn("mounting a small disk needs rights that this user has not: full disks were not tested");
    });
  });
}
