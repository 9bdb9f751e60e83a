import type { AskedSeries } from "../storage-data.ts";
import { exposedName } from "./exposed-series.ts";
import type { PeerServer, PromResult } from "./peer-server.ts";

const QUANTILES = [0.5, 0.95, 0.99] as const;
const SUFFIXES = "_total|_bucket|_sum|_count";

/** Which data a peer holds and what is asked of it. */
export interface PeerQuestions {
  /** Epoch seconds of the last scrape. */
  readonly now: number;
  readonly days: number;
  readonly asked: AskedSeries;
}

/** One of the queries, as requests whose answers hold what our one query answers (and no more than that). */
export interface PeerQuery {
  readonly name: "Q1" | "Q2" | "Q3" | "Q4";
  readonly ask: (server: PeerServer) => Promise<readonly PromResult[]>;
}

/** The queries Q1 to Q4 in PromQL; several requests are sent one after the other. */
export function peerQueries({ now, days, asked }: PeerQuestions): readonly PeerQuery[] {
  const instant = async (server: PeerServer, expressions: readonly string[]): Promise<readonly PromResult[]> => {
    const results: PromResult[] = [];
    for (const query of expressions) results.push(...(await server.query("query", { query, time: String(now) })));
    return results;
  };
  const overview = (prefix: string, window: string): readonly string[] => [
    `increase({__name__=~"${prefix}.*_total"}[${window}])`,
    `last_over_time({__name__=~"${prefix}.+",__name__!~".*(${SUFFIXES})"}[${window}])`,
    ...quantiles(`{__name__=~"${prefix}.*_bucket"}`, window),
  ];
  const counter = `${exposedName(asked.counter.name)}_total${matchers(asked.counter.tags)}`;
  return [
    { name: "Q1", ask: (server) => instant(server, overview("", "5m")) },
    {
      name: "Q2",
      ask: (server) =>
        server.query("query_range", {
          query: `increase(${counter}[1h])`,
          start: String(now - days * 86_400 + 3600),
          end: String(now),
          step: "3600",
        }),
    },
    { name: "Q3", ask: (server) => instant(server, overview(exposedName(asked.prefix.replace("*", "")), "24h")) },
    { name: "Q4", ask: (server) => instant(server, quantiles(`${exposedName(asked.timer)}_bucket`, "24h")) },
  ];
}

function quantiles(buckets: string, window: string): string[] {
  return QUANTILES.map((q) => `histogram_quantile(${q}, increase(${buckets}[${window}]))`);
}

function matchers(tags: Readonly<Record<string, string>>): string {
  return `{${Object.entries(tags)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(",")}}`;
}
