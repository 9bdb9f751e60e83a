import { SeededRandom } from "@giflab/backend-testkit";
import { expect, test } from "vitest";
import { beginStoring, type NewBlock, Overtaken, storeBlock } from "../src/block-storage.ts";
import type { Connection } from "../src/connection.ts";
import { MaintenanceLease } from "../src/maintenance-lease.ts";
import { openWriter } from "../src/open-writer.ts";
import { resolveSqliteOptions } from "../src/sqlite-options.ts";
import { finish, type Stepwise } from "../src/stepwise.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();

/** So many that they take several transactions. */
const CHUNKS = 400;
const block: NewBlock = {
  resolution: 0,
  ticks: { writers: [1], firstSeqs: [1], seqs: [1], starts: [0], ends: [10], gaps: [[]] },
  chunks: Array.from({ length: CHUNKS }, (_, series) => [
    series + 1,
    { count: 1, sum: 1, min: 1, max: 1, sketch: Buffer.from([1]), data: Buffer.alloc(8000) },
  ]),
};

function open(): Connection {
  const { connection } = openWriter(resolveSqliteOptions({ dbPath: folder.dbPath, maxSizeMb: 1000 }));
  folder.onEnd(() => connection.close());
  return connection;
}

/** Takes turns of some steps at random; returns how many blocks were stored. Who is overtaken begins anew, twice. */
function interleave(storers: readonly (() => Stepwise<number>)[], random: SeededRandom): number {
  const running = storers.map((begin) => ({ begin, job: begin(), attempts: 0 }));
  let stored = 0;
  while (running.length > 0) {
    const at = Math.floor(random.next() * running.length);
    const one = running[at]!;
    try {
      // Long enough now and then for one to sweep away what the other has begun, between two of its steps.
      let steps = Math.ceil(random.next() * 12);
      while (steps > 0 && one.job.next().done !== true) steps--;
      if (steps === 0) continue;
      stored++;
    } catch (cause) {
      if (!(cause instanceof Overtaken)) throw cause;
      one.job = one.begin();
      if (++one.attempts < 3) continue;
    }
    running.splice(at, 1);
  }
  return stored;
}

test("processes that each think that the other's lease does not count leave whole blocks and nothing else", () => {
  const random = new SeededRandom();
  console.log(`seed ${random.seed}`);
  const [a, b] = [open(), open()];
  let blocks = 0;
  let overtaken = 0;
  for (let round = 0; round < 25; round++) {
    // For the later clock the lease has run out; for the earlier one it reaches further than it can.
    const storers = [
      { connection: a, lease: new MaintenanceLease(), now: 1000 },
      { connection: b, lease: new MaintenanceLease(), now: 1120 },
    ].map(
      ({ connection, lease, now }) =>
        () =>
          storeBlock(connection, lease, now, block, () => {}),
    );
    const stored = interleave(storers, random);
    blocks += stored;
    overtaken += storers.length - stored;
    expect(finish(beginStoring(a, new MaintenanceLease(), 5000))).toBe(true);
    const orphans = a.value("SELECT count(*) FROM chunk WHERE block NOT IN (SELECT id FROM block)");
    expect(orphans, `round ${round}`).toBe(0);
    expect(a.value("SELECT count(*) FROM block")).toBe(stored);
    expect(a.value("SELECT count(*) FROM chunk")).toBe(stored * CHUNKS);
    for (const table of ["block", "chunk", "settings WHERE key LIKE 'lease%'"]) {
      a.statement(`DELETE FROM ${table}`).run();
    }
  }
  expect(blocks).toBeGreaterThan(0);
  console.log(`${blocks} blocks stored, ${overtaken} given up`);
});
