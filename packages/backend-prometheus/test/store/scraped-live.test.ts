import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { counterPoint, gaugePoint, identityOf, SeededRandom, snapshotOf, timerPoint } from "@giflab/backend-testkit";
import { describeWith, eventually, type HttpReceiver, startPrometheus } from "@giflab/backend-testkit/receivers";
import { type InstanceIdentity, MemoryBackend, type MetricSummary, type SnapshotPoint } from "@giflab/metrics-core";
import {
  type ClassicHistogram,
  INSTANCE_INFO,
  instanceInfoLabels,
  RunningTotals,
} from "@giflab/metrics-core/exposition";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PrometheusStore } from "../../src/store/index.ts";
import { exposedSamples, histogramOf } from "./fleet-history.ts";

const SCRAPES = 8;
const SCRAPE_SECONDS = 0.5;
/** At this scrape one of the targets is another process. */
const RESTART_AT = 4;

/** One address: what each of its scrapes was given. */
interface Address {
  readonly name: string;
  readonly service: string;
  readonly restarts: boolean;
  readonly served: { readonly identity: InstanceIdentity; readonly points: readonly SnapshotPoint[] }[];
  identity: InstanceIdentity;
  totals: RunningTotals<ClassicHistogram>;
  lastServed: number;
}

const random = new SeededRandom();

describeWith(["prometheus"], `processes that a real Prometheus scrapes (seed ${random.seed})`, () => {
  const addresses = [addressOf("a", "api"), addressOf("b", "worker"), addressOf("c", "api", true)];
  const memory = new MemoryBackend();
  let server: Server;
  let prometheus: HttpReceiver;
  let window = { from: 0, to: 0 };

  beforeAll(async () => {
    server = createServer((request, response) => {
      const address = addresses.find(({ name }) => request.url === `/${name}`);
      const text = address === undefined || address.served.length >= SCRAPES ? undefined : nextScrape(address);
      if (text === undefined) response.writeHead(503).end();
      else response.setHeader("content-type", "text/plain; version=0.0.4").end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    prometheus = await startPrometheus({
      scrapeSeconds: SCRAPE_SECONDS,
      targets: addresses.map(({ name }) => ({
        address,
        path: `/${name}`,
        job: "node",
        labels: { instance: `${name}:1` },
      })),
    });
    await eventually(async () => (await scrapeTimes(prometheus.url)).every(({ times }) => times.length > SCRAPES), {
      describe: () => prometheus.receiver.output,
    });
    window = remember(addresses, memory, await scrapeTimes(prometheus.url));
  });

  afterAll(async () => {
    await prometheus?.receiver.stop();
    server?.close();
  });

  it("have the same counters, gauges and counts there as in themselves, over a restart", async () => {
    const store = new PrometheusStore({ url: prometheus.url });
    const ours = (await store.summaries(window)).filter(({ name }) => name !== "up");
    const theirs = await memory.summaries(window);
    expect(ours.map(exactNumbers)).toEqual(theirs.map(exactNumbers));
    const load = ours.find(({ name }) => name === "load")!;
    const exact = theirs.find(({ name }) => name === "load")!;
    expect(load.sum! / exact.sum!).toBeCloseTo(1, 9);
    // The classic buckets have three bounds a decade: at most 2.5 times apart.
    expect(Math.max(load.p95! / exact.p95!, exact.p95! / load.p95!)).toBeLessThan(2.5);
  });

  it("are the processes that they say they are, also when one has taken the address of another", async () => {
    const store = new PrometheusStore({ url: prometheus.url });
    const hits = await store.summaries({ ...window, match: "hits", byInstance: true });
    const served = new Set(addresses.flatMap((address) => address.served.map(({ identity }) => identity)));
    expect(served.size).toBe(4);
    expect(new Set(hits.map(({ instance }) => instance))).toEqual(served);
    const worker = hits.find(({ instance }) => instance!.service === "worker")!;
    const only = await store.summaries({ ...window, service: "worker", match: "hits" });
    expect(only).toMatchObject([{ sum: worker.sum, services: ["worker"] }]);
  });
});

function addressOf(name: string, service: string, restarts = false): Address {
  return {
    name,
    service,
    restarts,
    served: [],
    identity: identityOf({ service, startTime: Date.now() / 1000 }),
    totals: new RunningTotals(histogramOf),
    lastServed: Date.now() / 1000,
  };
}

/** The text of the next scrape, with something new in it. */
function nextScrape(address: Address): string {
  const position = address.served.length;
  if (address.restarts && position === RESTART_AT) {
    address.identity = identityOf({ service: address.service, startTime: address.lastServed });
    address.totals = new RunningTotals(histogramOf);
  }
  address.lastServed = Date.now() / 1000;
  const points = [
    // More after the restart than before: only by its start it is seen that it is another process.
    counterPoint("hits", position === RESTART_AT ? 100_000 : random.integer(10), { tags: { tier: "memory" } }),
    gaugePoint("used_mb", random.integer(100), { unit: "MB", merge: "sum" }),
    timerPoint("load", [random.duration(), random.duration()]),
  ];
  const { identity, totals } = address;
  totals.add(snapshotOf({ instance: identity, sequence: position + 1, points }));
  address.served.push({ identity, points });
  const own = { name: INSTANCE_INFO, labels: instanceInfoLabels(identity), value: 1 };
  return [own, ...exposedSamples(totals)]
    .map(({ name, labels, value }) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
      return `${name}{${pairs.join(",")}} ${value}\n`;
    })
    .join("");
}

/** When each address was scraped, and whether that succeeded. */
async function scrapeTimes(url: string) {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent("up[10m]")}`);
  const { data } = (await response.json()) as {
    data: { result: { metric: { instance: string }; values: [number, string][] }[] };
  };
  const found = data.result.map(({ metric, values }) => ({
    name: metric.instance.replace(":1", ""),
    times: values.map(([time]) => time),
    succeeded: values.map(([, up]) => up === "1"),
  }));
  return found.length === 3 ? found : [{ name: "", times: [], succeeded: [] }];
}

/** Writes into memory what was scraped when. What a scrape that failed was given is part of the next one. */
function remember(
  addresses: readonly Address[],
  memory: MemoryBackend,
  scraped: Awaited<ReturnType<typeof scrapeTimes>>,
): { from: number; to: number } {
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  for (const { name, served } of addresses) {
    const { times, succeeded } = scraped.find((one) => one.name === name)!;
    let [missed, sequence, before]: [SnapshotPoint[], number, number] = [[], 0, 0];
    for (const [position, { identity, points }] of served.entries()) {
      const end = times[position]!;
      if (!succeeded[position]) {
        missed.push(...points);
        continue;
      }
      const start = Math.max(before, identity.startTime);
      sequence++;
      memory.write(
        snapshotOf({
          instance: identity,
          sequence,
          start,
          end,
          flushIntervalSeconds: SCRAPE_SECONDS,
          points: [...missed, ...points],
        }),
      );
      [missed, before, first, last] = [[], end, Math.min(first, end), Math.max(last, end)];
    }
  }
  return { from: first - 1, to: last };
}

/** Not the minimum, maximum and mean of gauges: an old process' gauges hold in memory, not at an address that has a new one. */
function exactNumbers({ name, kind, tags, count, sum, rate, last, lastSeen, services, covered }: MetricSummary) {
  const timer = kind === "timer";
  const numbers = { count, rate: rate?.toFixed(6), covered: covered.toFixed(6), lastSeen, services };
  return { name, tags, ...numbers, sum: timer ? undefined : sum, last: timer ? undefined : last };
}
