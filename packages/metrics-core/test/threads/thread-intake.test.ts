import { setImmediate } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { ManualClock } from "../../src/index.ts";
import { ProblemLog } from "../../src/problem-log.ts";
import { SeriesRegistry } from "../../src/series-registry.ts";
import { SharedLogWriter } from "../../src/threads/shared-log.ts";
import { ThreadHome } from "../../src/threads/thread-home.ts";
import { ThreadIntake } from "../../src/threads/thread-intake.ts";
import { ThreadMemory } from "../../src/threads/thread-memory.ts";
import { type ThreadRecord, writeRecord } from "../../src/threads/thread-record.ts";
import { sharedHeap } from "./worker-recording.ts";

/** An intake with a thread that has announced `series` counters; the log of the thread, and the messages about it. */
function intakeOf(series: number) {
  const said: string[] = [];
  const registry: SeriesRegistry = new SeriesRegistry({
    clock: new ManualClock(),
    sampling: { rate: 1, random: () => 0 },
    maxSeriesPerMetric: 100_000,
    onProblem: () => {},
  });
  const problems = new ProblemLog(
    () => registry,
    () => (message) => said.push(message),
  );
  const intake = ThreadIntake.create({ registry, problems })!;
  intake.offer({});
  onTestFinished(() => intake.close());
  const heap = sharedHeap();
  const home = ThreadHome.claim(heap, 1000, 0)!;
  const memory = new ThreadMemory(heap, home);
  const allocate = (bytes: number): number | undefined => memory.allocateShared(bytes);
  const log = new SharedLogWriter(heap.buffer, home.logOffset, home.logBytes, allocate);
  const write = (record: ThreadRecord): boolean => log.append(writeRecord(record));
  write(["define", "jobs", { kind: "counter" }]);
  const cells = memory.allocateShared(4096)!;
  for (let n = 0; n < series; n++) write(["scalar", "jobs", { n: String(n) }, cells + 8 * (n % 512)]);
  const adopted = (): number => registry.all.filter(({ descriptor }) => descriptor.name === "jobs").length;
  return { intake, home, log, adopted, said };
}

it("takes thousands of new series in over several turns of the event loop when there is time", async () => {
  const { intake, adopted } = intakeOf(1800);
  intake.gather(true);
  expect(adopted()).toBe(499);
  for (let turn = 0; turn < 4; turn++) await setImmediate();
  expect(adopted()).toBe(1800);
});

it("takes them all in at once at the end, or when their thread has ended", () => {
  const { intake, adopted } = intakeOf(1800);
  intake.gather(true);
  intake.gather();
  expect(adopted()).toBe(1800);
  const other = intakeOf(1800);
  other.home.state = "closed";
  other.intake.gather(true);
  expect(other.adopted()).toBe(1800);
});

it("goes on with the next line when one cannot be read, and says so once", () => {
  const { intake, log, adopted, said } = intakeOf(1);
  log.append("{");
  log.append('["scalar","nobody has defined this",{},70000]');
  log.append(writeRecord(["scalar", "jobs", { n: "last" }, 70_000]));
  intake.gather();
  expect(adopted()).toBe(2);
  expect(said).toEqual([expect.stringMatching(/^giflab: worker thread: /)]);
});
