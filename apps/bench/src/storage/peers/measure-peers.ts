import { SqliteBackend } from "@giflab/backend-sqlite";
import type { MetricSummary } from "@giflab/metrics-core";
import type { Figure } from "../../figure.ts";
import { quantile } from "../../interleaved-run.ts";
import { printTable } from "../../table.ts";
import { type FilledStore, fillStore, HOUR_FLUSHES } from "../fill-store.ts";
import type { StorageData } from "../storage-data.ts";
import { type ClassicBuckets, ExposedSeries, exponentialBuckets } from "./exposed-series.ts";
import type { Peer, Scrapes } from "./peer.ts";
import { peerQueries } from "./peer-queries.ts";
import { prometheusPeer } from "./prometheus-peer.ts";
import { victoriaMetricsPeer } from "./victoria-metrics-peer.ts";

const ROUNDS = 15;
const DAY = 86_400;
const MB = 2 ** 20;
const BUCKETS = 20;
const PEERS = [prometheusPeer, victoriaMetricsPeer] as const;
const QUERIES = ["Q1", "Q2", "Q3", "Q4"] as const;

/** What was measured of one store; times are medians of wall time in ms. */
interface Measured {
  readonly name: string;
  readonly bytes: number;
  readonly ms: Readonly<Record<(typeof QUERIES)[number], number>>;
  readonly deletingMs: number | undefined;
  /** p50, p95 and p99 of the asked timer over 24 hours. */
  readonly quantiles: readonly number[];
}

/** The data that peers get too, for how long, and the range of a timer's buckets. */
export interface PeerComparison extends StorageData {
  readonly days: number;
  readonly bucketRange: readonly [low: number, high: number];
}

/**
 * Bytes and queries of Prometheus and VictoriaMetrics beside ours on the same data; says how to get those that are not
 * installed. No figures to reach: what a peer needs is no promise of ours.
 */
export async function measurePeers(folder: string, comparison: PeerComparison): Promise<Figure[]> {
  const installed = PEERS.filter(({ version }) => version !== undefined);
  if (installed.length < PEERS.length) {
    console.log("\nPrometheus and VictoriaMetrics are measured where their Debian packages are installed:");
    console.log("  apt-get install --no-install-recommends prometheus victoria-metrics");
  }
  if (installed.length === 0) return [];
  const { days, source, name, bucketRange } = comparison;
  const options = { rawHours: 24 * 400, retentionDays: 400 };
  const ours = await fillStore({ folder, source: source(), days }, "ours", options);
  const buckets = exponentialBuckets(...bucketRange, BUCKETS);
  const all = [await measureOurs(ours, comparison)];
  for (const peer of installed) all.push(await measurePeer(folder, peer, buckets, comparison));
  const factor = buckets[1]! / buckets[0]!;
  console.log(
    `\n${name}: ${(days * 24).toFixed(1)} hours in ours and its peers. Timers there have ${BUCKETS} buckets, each ${factor.toFixed(2)} times as wide as the one before.`,
  );
  console.log("Ours is asked in this process, the peers by HTTP on loopback, their response caches off: wall time.");
  print(all, ours);
  return [];
}

async function measureOurs({ dbPath, bytes }: FilledStore, { source, days, asked }: PeerComparison): Promise<Measured> {
  const now = source().begin + days * DAY;
  const { counter, prefix, timer } = asked;
  const store = new SqliteBackend({ dbPath, readonly: true });
  const window = { from: now - DAY, to: now };
  const hourly = { from: now - days * DAY, to: now, stepSeconds: 3600, statistic: "sum" } as const;
  const Q1 = await median(() => store.summaries({ from: now - 300, to: now }));
  const Q2 = await median(() => store.series({ match: counter.name, tags: counter.tags, ...hourly }));
  const Q3 = await median(() => store.summaries({ match: prefix, ...window }));
  const Q4 = await median(() => store.summaries({ match: timer, ...window }));
  const summary: MetricSummary | undefined = (await store.summaries({ match: timer, ...window }))[0];
  await store.close();
  const writer = new SqliteBackend({ dbPath, maxSizeMb: 10_000 });
  const deletingMs = await once(() => writer.prune({ before: now - (days * DAY) / 2 }));
  await writer.close();
  const quantiles = [summary?.p50, summary?.p95, summary?.p99].map((value) => value ?? Number.NaN);
  return { name: "ours", bytes, ms: { Q1, Q2, Q3, Q4 }, deletingMs, quantiles };
}

async function measurePeer(
  folder: string,
  peer: Peer,
  buckets: ClassicBuckets,
  { source, days, asked }: PeerComparison,
): Promise<Measured> {
  const scrapes: Scrapes = function* (timestamp) {
    const [snapshots, exposed] = [source(), new ExposedSeries(buckets)];
    for (let flush = 0; flush < days * 24 * HOUR_FLUSHES; flush++) {
      const snapshot = snapshots.next();
      yield { seconds: snapshot.end, text: exposed.scrape(snapshot, timestamp(snapshot.end)) };
    }
  };
  const bytes = await peer.fill(folder, scrapes);
  await using server = await peer.serve(folder);
  const now = source().begin + days * DAY;
  const ms: Record<string, number> = {};
  let quantiles: readonly number[] = [];
  for (const { name, ask } of peerQueries({ now, days, asked })) {
    const found = await ask(server);
    if (found.length === 0) throw new Error(`${peer.name} finds nothing for ${name}`);
    if (name === "Q4") quantiles = found.map(({ value }) => Number(value?.[1]));
    ms[name] = await median(() => ask(server));
  }
  const { deleteBefore } = peer;
  const deletingMs =
    deleteBefore === undefined ? undefined : await once(() => deleteBefore(server, now - (days * DAY) / 2));
  return { name: peer.name, bytes, ms: ms as Measured["ms"], deletingMs, quantiles };
}

function print(all: readonly Measured[], { samples }: FilledStore): void {
  const [ours] = all;
  const row = (name: string, cell: (measured: Measured) => string): string[] => [name, ...all.map(cell)];
  printTable(
    ["", ...all.map(({ name }) => name)],
    [
      row("MB on disk", ({ bytes }) => (bytes / MB).toFixed(1)),
      row("bytes per sample of ours", ({ bytes }) => (bytes / samples).toFixed(2)),
      ...QUERIES.map((query) => row(`${query}, ms`, ({ ms }) => ms[query].toFixed(1))),
      row("Q5, ms", ({ deletingMs }) => deletingMs?.toFixed(0) ?? "only whole series"),
      ...["p50", "p95", "p99"].map((quantileName, i) =>
        row(`${quantileName} of Q4, beside ours`, ({ quantiles }) => {
          const off = quantiles[i]! / ours!.quantiles[i]! - 1;
          return `${off < 0 ? "" : "+"}${(100 * off).toFixed(1)} %`;
        }),
      ),
    ],
  );
}

async function median(ask: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await once(ask));
  return quantile(times, 0.5);
}

async function once(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
