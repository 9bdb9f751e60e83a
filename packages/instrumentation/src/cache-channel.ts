import type { Counter, Gauge, Histogram, MetricsCollector } from "@giflab/metrics-core";
import { cacheMetrics } from "./cache-metrics.ts";
import { type CacheOperation, CacheSeries } from "./cache-series.ts";
import type { ChannelSource } from "./channel-source.ts";
import { defineMissing } from "./define-missing.ts";
import { amountField, messageFields, optionalAmountField, textField } from "./message-field.ts";

/** What a cache publishes on `giflab:cache` after each operation: one message per get. */
export interface CacheMessage {
  /** Name of the cache, which becomes part of the metric names: `frame` makes `cache.frame.hits`. At most 100 characters count. */
  readonly cache: string;
  readonly operation: CacheOperation;
  /** Of a `get`. */
  readonly outcome?: "hit" | "miss";
  /** How long the operation took. */
  readonly seconds: number;
  /** How many entries the operation was about; default 1. */
  readonly count?: number;
  /** Bytes that all entries take after the operation. */
  readonly memoryBytes?: number;
  /** Bytes that all entries may take. */
  readonly memoryLimitBytes?: number;
  /** Of a `put`: the entry was not kept, as it is larger than all the memory. */
  readonly refused?: boolean;
  /**
   * Of a `get`: bytes of the distinct entries used since this one's last use, itself included (its stack distance). A cache
   * of that size would have had it.
   */
  readonly reuseDistanceBytes?: number;
  /** Of a `get`: the entry was not used before, or is valid no longer: no size would have had it. */
  readonly firstUse?: boolean;
  /** How many look-ups these two stand for, where they are published of a sample: 1 to 1024, default 1. */
  readonly reuseWeight?: number;
  /** Further tags, such as `tier` (of hits only) or `metric_type`. */
  readonly tags?: { readonly [key: string]: string };
}

const BYTES_PER_MB = 2 ** 20;
const MAX_CACHE_NAME = 100;
/** Caches of a process; more are a mistake such as an id in the name, which would make metrics without end. */
const MAX_CACHES = 200;
/** Recording a distance with a weight is recording it so many times. */
const MAX_WEIGHT = 1024;
/** Combinations of tag values remembered per cache; the collector caps series, this caps the way to them. */
const MAX_TAG_NODES = 4096;

class CacheRecorder {
  readonly series: CacheSeries;
  readonly #usage: Gauge;
  readonly #limit: Gauge;
  readonly #collector: MetricsCollector;
  readonly #prefix: string;
  #reuseDistance: Histogram | undefined;
  #firstUses: Counter | undefined;
  #refusals: Counter | undefined;

  constructor(collector: MetricsCollector, cache: string) {
    const prefix = `cache.${cache}`;
    this.#collector = collector;
    this.#prefix = prefix;
    defineMissing(collector, cacheMetrics(cache));
    this.#usage = collector.gauge(`${prefix}.memory_usage_mb`);
    this.#limit = collector.gauge(`${prefix}.memory_limit_mb`);
    this.series = new CacheSeries(collector, prefix, {}, { nodes: MAX_TAG_NODES });
  }

  memory(usedBytes: number | undefined, limitBytes: number | undefined): void {
    if (usedBytes !== undefined) this.#usage.set(usedBytes / BYTES_PER_MB);
    if (limitBytes !== undefined) this.#limit.set(limitBytes / BYTES_PER_MB);
  }

  reuse(distanceBytes: number, weight: number): void {
    this.#reuseDistance ??= this.#collector.histogram(`${this.#prefix}.reuse_distance_mb`);
    for (let time = 0; time < weight; time++) this.#reuseDistance.record(distanceBytes / BYTES_PER_MB);
  }

  firstUse(weight: number): void {
    this.#firstUses ??= this.#collector.counter(`${this.#prefix}.first_uses`);
    this.#firstUses.add(weight);
  }

  refusal(count: number): void {
    this.#refusals ??= this.#collector.counter(`${this.#prefix}.refusals`);
    this.#refusals.add(count);
  }
}

/**
 * Turns `giflab:cache` into `cache.<cache>.{hits,misses,evictions,memory_usage_mb,memory_limit_mb,operation.duration}`, for
 * any name of a cache, and where they are published into `.{reuse_distance_mb,first_uses,avoidable_misses,refusals}`. About
 * 50 ns a message.
 */
export const cacheChannel: ChannelSource = {
  channel: "giflab:cache",
  record(collector) {
    const recorders = new Map<string, CacheRecorder>();
    const make = (cache: string): CacheRecorder => {
      if (recorders.size >= MAX_CACHES) throw new RangeError(`more than ${MAX_CACHES} caches in one process`);
      const recorder = new CacheRecorder(collector, cache);
      recorders.set(cache, recorder);
      return recorder;
    };
    return (message) => {
      const fields = messageFields(message);
      const cache = textField("cache", fields["cache"], MAX_CACHE_NAME);
      const operation = operationField(fields["operation"]);
      const outcome = outcomeField(operation, fields["outcome"]);
      const seconds = amountField("seconds", fields["seconds"]);
      const count = optionalAmountField("count", fields["count"]) ?? 1;
      const memoryBytes = optionalAmountField("memoryBytes", fields["memoryBytes"]);
      const memoryLimitBytes = optionalAmountField("memoryLimitBytes", fields["memoryLimitBytes"]);
      const distanceBytes =
        operation === "get" ? optionalAmountField("reuseDistanceBytes", fields["reuseDistanceBytes"]) : undefined;
      const weight = weightField(fields["reuseWeight"]);
      const tags = fields["tags"];
      if (tags !== undefined && (typeof tags !== "object" || tags === null)) {
        throw new TypeError("tags must be an object");
      }
      const recorder = recorders.get(cache) ?? make(cache);
      const series =
        tags === undefined ? recorder.series : recorder.series.under(tags as { readonly [key: string]: unknown });
      if (outcome === "hit") series.hit(count);
      else if (outcome === "miss") series.miss(count);
      else if (operation === "evict") series.evict(count);
      series.duration(operation, outcome).record(seconds);
      recorder.memory(memoryBytes, memoryLimitBytes);
      if (distanceBytes !== undefined) {
        recorder.reuse(distanceBytes, weight);
        series.avoidable(outcome === "miss" ? weight : 0);
      } else if (operation === "get" && fields["firstUse"] === true) {
        recorder.firstUse(weight);
        series.avoidable(0);
      } else if (operation === "put" && fields["refused"] === true) recorder.refusal(count);
    };
  },
};

function operationField(value: unknown): CacheOperation {
  if (value === "get" || value === "put" || value === "evict" || value === "clear") return value;
  throw new TypeError("operation must be get, put, evict or clear");
}

function outcomeField(operation: CacheOperation, value: unknown): "hit" | "miss" | undefined {
  if (operation !== "get") return undefined;
  if (value === "hit" || value === "miss") return value;
  throw new TypeError("outcome of a get must be hit or miss");
}

function weightField(value: unknown): number {
  if (value === undefined) return 1;
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_WEIGHT) return value as number;
  throw new TypeError(`reuseWeight must be a whole number from 1 to ${MAX_WEIGHT}`);
}
