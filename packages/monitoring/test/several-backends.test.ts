import { join } from "node:path";
import {
  describeWith,
  eventually,
  freePort,
  type HttpReceiver,
  startInfluxdb,
} from "@giflab/backend-testkit/receivers";
import { instrumentAllSystems, loadConfig, type Monitoring, openStore } from "@giflab/monitoring";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CountingOtlp, CountingStatsd } from "./counting-receivers.ts";
import { freshProcess } from "./fresh-process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describeWith(["influxd"], "several backends at once", () => {
  const otlp = new CountingOtlp();
  const statsd = new CountingStatsd();
  let influxdb: HttpReceiver;
  let otlpPort: number;
  let statsdPort: number;
  let folder: string;
  let monitoring: Monitoring;
  let warnings: string[];

  beforeEach(async () => {
    influxdb = await startInfluxdb();
    [otlpPort, statsdPort] = [await freePort(), await freePort()];
    otlp.behaviour = "answers";
    for (const receiver of [otlp, statsd]) receiver.sums.clear();
    await otlp.listen(otlpPort);
    await statsd.listen(statsdPort);
    folder = temporaryFolder();
    warnings = [];
  });

  afterEach(async () => {
    await monitoring?.stop();
    await Promise.all([otlp.stop(), statsd.stop(), influxdb.receiver.stop()]);
    await freshProcess();
  });

  const settings = () => ({ sqlite: { dbPath: join(folder, "metrics.db") } });
  const start = async (more: object = {}): Promise<void> => {
    monitoring = await instrumentAllSystems({
      env: {},
      cwd: folder,
      onWarning: (message) => warnings.push(message),
      config: {
        monitoring: {
          service: "several",
          backend: ["influxdb", "otlp", "statsd", "prometheus", "sqlite"],
          flushIntervalSeconds: 0.1,
          ...settings(),
          statsd: { protocol: "tcp", port: statsdPort },
          backendOptions: {
            influxdb: { url: influxdb.url, database: "metrics", createDatabase: true, timeoutMs: 2000 },
            otlp: {
              endpoint: `http://127.0.0.1:${otlpPort}/v1/metrics`,
              encoding: "json",
              temporality: "delta",
              timeoutMs: 2000,
            },
            prometheus: { port: 0 },
          },
          ...more,
        },
      },
    });
  };

  const stored = async (name: string, tags = {}): Promise<number> => {
    const store = await openStore(await loadConfig({ env: {}, cwd: folder, config: { monitoring: settings() } }));
    const summaries = await store.summaries({ match: name, tags, from: 0, to: Date.now() / 1000 + 1 });
    await store.close();
    return summaries.reduce((total, { sum = 0 }) => total + sum, 0);
  };
  const inInfluxdb = async (name: string): Promise<number> => {
    const parameters = new URLSearchParams({ db: "metrics", q: `SELECT sum("delta") FROM "${name}"` });
    const answer = (await (await fetch(`${influxdb.url}/query?${parameters}`)).json()) as {
      readonly results: readonly {
        readonly series?: readonly { readonly values: readonly (readonly [string, number])[] }[];
      }[];
    };
    return answer.results[0]?.series?.[0]?.values[0]?.[1] ?? 0;
  };
  const scraped = async (name: string): Promise<number> => {
    const backend = monitoring.collector.backends.find((one) => one.name === "prometheus") as unknown as {
      url(): Promise<string>;
    };
    const text = await (await fetch(await backend.url())).text();
    return Number(new RegExp(`^${name}_total(?:\\{.*\\})? (\\S+)`, "m").exec(text)?.[1]);
  };
  /** Records in twelve flushes, each awaited in the store, and returns how many there were. */
  const record = async (name: string): Promise<number> => {
    for (let i = 1; i <= 12; i++) {
      monitoring.collector.recordCounter(name, 1);
      monitoring.collector.recordCounter("every", 1);
      await eventually(async () => (await stored(name)) === i, { seconds: 5 });
    }
    return 12;
  };

  it("each goes on while others are away or hang, and those take up delivery by themselves, with nothing lost over HTTP", async () => {
    await start();
    const before = await record("before");
    await eventually(async () => (await inInfluxdb("before")) === before && otlp.sums.get("before") === before);

    // One is gone, one takes requests and never answers, one has lost its connection.
    await influxdb.receiver.halt("SIGKILL");
    otlp.behaviour = "hangs";
    await statsd.stop();
    const during = await record("during");
    await eventually(async () => (await stored("during")) === during, { seconds: 2 });
    expect(await scraped("during")).toBe(during);
    expect(otlp.sums.get("during")).toBeUndefined();

    otlp.behaviour = "answers";
    await statsd.listen(statsdPort);
    await influxdb.receiver.start();
    const after = await record("after");
    const all = before + during + after;
    await eventually(
      async () =>
        (await inInfluxdb("every")) === all && otlp.sums.get("every") === all && statsd.sums.get("after") === after,
      { describe: () => JSON.stringify([[...otlp.sums], [...statsd.sums], warnings]) },
    );
    for (const name of ["before", "during", "after"]) {
      expect(await inInfluxdb(name)).toBe(12);
      expect(otlp.sums.get(name)).toBe(12);
      expect(await scraped(name)).toBe(12);
    }
    expect(statsd.sums.get("every")).toBeLessThanOrEqual(all);
    await monitoring.stop();
    expect(await stored("every")).toBe(all);
    expect(await stored("giflab.monitoring.dropped", { backend: "influxdb" })).toBe(0);
    expect(await stored("giflab.monitoring.dropped", { backend: "otlp" })).toBe(0);
  });

  it("each has a queue of its own: what does not fit in one is counted under its name and missing nowhere else", async () => {
    await start({ bufferSize: 8 });
    const before = await record("before");
    await eventually(async () => (await inInfluxdb("before")) === before);
    await influxdb.receiver.halt("SIGKILL");
    const during = await record("during");
    await eventually(async () => (await stored("during")) === during && otlp.sums.get("during") === during);
    await eventually(async () => (await stored("giflab.monitoring.dropped", { backend: "influxdb" })) > 0);
    await influxdb.receiver.start();
    await eventually(async () => {
      monitoring.collector.recordCounter("probe", 1);
      return (await inInfluxdb("probe")) > 0;
    });
    const after = await record("after");
    await eventually(async () => (await inInfluxdb("after")) === after);
    await monitoring.stop();
    expect(await inInfluxdb("during")).toBeLessThan(during);
    for (const name of ["otlp", "statsd", "sqlite", "prometheus"]) {
      expect(await stored("giflab.monitoring.dropped", { backend: name })).toBe(0);
    }
    for (const name of ["before", "during", "after"]) expect(await stored(name)).toBe(12);
  });
});
