import { InfluxdbBackend } from "@giflab/backend-influxdb";
import { SeededRandom } from "@giflab/backend-testkit";
import { describeWith, eventually, type HttpReceiver, startInfluxdb } from "@giflab/backend-testkit/receivers";
import { MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { expect, it } from "vitest";
import { influxql } from "./influxql.ts";

const LONG = process.env["GIFLAB_TEST_LONG"] === "1";
/** Flushes in each part of an outage. */
const FLUSHES = LONG ? 1000 : 60;

describeWith(["influxd"], "an InfluxDB that is stopped and started again under load", () => {
  /** A collector that records and flushes as fast as it can while `meanwhile` happens, and at least `FLUSHES` times. */
  function load(url: string, options: { readonly bufferSize: number; readonly batchLines?: number }) {
    const random = new SeededRandom();
    const memory = new MemoryBackend({ bufferSize: 10_000_000 });
    const { batchLines } = options;
    const influxdb = new InfluxdbBackend({ url, database: "load", createDatabase: true, batchLines });
    const collector = new MetricsCollector({
      service: "load",
      backends: [influxdb, memory],
      bufferSize: options.bufferSize,
      flushIntervalSeconds: 0.1,
      handleSignals: false,
      onWarning: () => {},
    });
    const recorded = { jobs: 0, loads: 0 };
    const jobs = [0, 1, 2].map((worker) => collector.counter("jobs", { tags: { worker } }));
    const timer = collector.timer("load");
    async function during(meanwhile: Promise<unknown>): Promise<void> {
      let over = false;
      const ending = meanwhile.finally(() => {
        over = true;
      });
      for (let flush = 0; flush < FLUSHES || !over; flush++) {
        const amount = random.integer(5) + 1;
        jobs[random.integer(3)]!.add(amount);
        timer.record(random.duration());
        recorded.jobs += amount;
        recorded.loads++;
        await collector.flush();
        // The process that ends or starts needs its turn of the event loop.
        await new Promise((resolve) => setImmediate(resolve));
      }
      await ending;
    }
    return { collector, influxdb, memory, during, recorded, seed: random.seed };
  }

  async function total(url: string, select: string, from: string): Promise<number> {
    const [series] = await influxql(url, "load", `SELECT ${select} FROM ${from}`);
    return (series?.values[0]?.[1] ?? 0) as number;
  }

  /** Takes nothing to do with the collector: its own timer delivers. */
  const delivered = (url: string, jobs: number) =>
    eventually(async () => (await total(url, 'sum("delta")', '"jobs"')) >= jobs, { seconds: LONG ? 120 : 20 });

  async function interrupted(
    server: HttpReceiver,
    signal: NodeJS.Signals,
    during: (what: Promise<unknown>) => Promise<void>,
  ) {
    await during(Promise.resolve());
    await during(server.receiver.halt(signal));
    await during(Promise.resolve());
    await during(server.receiver.start());
  }

  it.each(["SIGTERM", "SIGKILL"] as const)(
    "has everything exactly once after %s",
    async (signal) => {
      const server = await startInfluxdb();
      await using _ = server.receiver;
      const { collector, during, recorded, seed } = load(server.url, { bufferSize: 1_000_000, batchLines: 10 });
      await interrupted(server, signal, during);
      await delivered(server.url, recorded.jobs);
      await collector.close();
      expect(await total(server.url, 'sum("delta")', '"jobs"'), `seed ${seed}`).toBe(recorded.jobs);
      expect(await total(server.url, 'sum("count")', '"load"'), `seed ${seed}`).toBe(recorded.loads);
      expect(await total(server.url, 'sum("bucket")', `"load" WHERE "le" = '+Inf'`), `seed ${seed}`).toBe(
        recorded.loads,
      );
      expect(await total(server.url, 'sum("delta")', '"giflab.monitoring.dropped"')).toBe(0);
    },
    180_000,
  );

  it("lacks only what its queue had no room for, and has the count of that too", async () => {
    const server = await startInfluxdb();
    await using _ = server.receiver;
    const { collector, memory, during, recorded, seed } = load(server.url, { bufferSize: 50 });
    await interrupted(server, "SIGKILL", during);
    collector.gauge("end").set(1);
    await eventually(async () => (await total(server.url, 'last("value")', '"end"')) === 1);
    // Everything before it in the queue was delivered or dropped.
    const stored = {
      snapshots: await total(server.url, 'count("up")', '"giflab.instance"'),
      points:
        (await total(server.url, 'count("delta")', '"jobs"')) + (await total(server.url, 'count("count")', '"load"')),
      jobs: await total(server.url, 'sum("delta")', '"jobs"'),
    };
    const window = { from: 0, to: Date.now() / 1000 + 60 };
    const [dropped] = await memory.summaries({ match: "giflab.monitoring.dropped", ...window });
    let points = 0;
    for await (const _point of memory.points({ ...window, match: ["jobs", "load"] })) points++;
    const lost = points - stored.points;
    expect(lost, `seed ${seed}`).toBeGreaterThan(0);
    expect(stored.jobs, `seed ${seed}`).toBeLessThan(recorded.jobs);
    // Dropped with them were monitoring's own counts of errors and of what was dropped: at most two points a snapshot.
    const { snapshots } = await memory.stats();
    expect(dropped?.sum, `seed ${seed}`).toBeGreaterThanOrEqual(lost);
    expect(dropped?.sum, `seed ${seed}`).toBeLessThanOrEqual(lost + 2 * (snapshots - stored.snapshots + 1));
    const told = () => total(server.url, 'sum("delta")', `"giflab.monitoring.dropped" WHERE "backend" = 'influxdb'`);
    await eventually(async () => (await told()) === dropped?.sum, { describe: () => `seed ${seed}, ${dropped?.sum}` });
    await collector.close();
  }, 180_000);
});
