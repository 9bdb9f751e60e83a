import type { Counter, MetricsCollector, Timer } from "@giflab/metrics-core";

/** What `operation` of a cache message may be. */
export type CacheOperation = "get" | "put" | "evict" | "clear";

/** Values of tags that are looked up by identity; others go the slower way by name. */
type TagValue = string | number | boolean;
export type MessageTags = { readonly [key: string]: TagValue };

/** Longest tag value that is worth remembering; longer ones are cut by the collector anyway. */
const MAX_VALUE_LENGTH = 256;

/**
 * The handles of one cache under one tag set, and the way to those of longer tag sets: one step per tag in the order the
 * publisher writes them, a repeated value found by comparing with the one seen last. So a message costs no joined text.
 */
export class CacheSeries {
  #hits: Counter | undefined;
  #misses: Counter | undefined;
  #avoidableMisses: Counter | undefined;
  #evictions: Counter | undefined;
  readonly #collector: MetricsCollector;
  readonly #prefix: string;
  /** Tags without `tier`: a miss has none, and evictions and durations are not told apart by it. */
  readonly #sharedTags: MessageTags;
  /** Nor are durations told apart by `size` and `method`, of which there are many: a timer takes more room than a counter. */
  readonly #timedTags: MessageTags;
  readonly #tags: MessageTags;
  #getHit: Timer | undefined;
  #getMiss: Timer | undefined;
  #get: Timer | undefined;
  #put: Timer | undefined;
  #evict: Timer | undefined;
  #clear: Timer | undefined;
  readonly #children = new Map<string, Map<TagValue, CacheSeries>>();
  #lastKey: string | undefined;
  #lastValue: TagValue | undefined;
  #lastChild: CacheSeries | undefined;
  readonly #room: { nodes: number };

  /** @param room how many further nodes all series of a cache may make. */
  constructor(collector: MetricsCollector, prefix: string, tags: MessageTags, room: { nodes: number }) {
    this.#collector = collector;
    this.#prefix = prefix;
    this.#tags = tags;
    const { tier: _, ...shared } = tags;
    this.#sharedTags = shared;
    const { size: _size, method: _method, ...timed } = shared;
    this.#timedTags = timed;
    this.#room = room;
  }

  hit(count: number): void {
    this.#madeMisses();
    this.#hits ??= this.#collector.counter(`${this.#prefix}.hits`, { tags: this.#tags });
    this.#hits.add(count);
  }

  miss(count: number): void {
    this.#madeMisses().add(count);
  }

  /** Looks up what was used before (`misses` 0), and says how many of the misses a larger cache would have answered. */
  avoidable(misses: number): void {
    // Made with the first look-up that says so, so that 0 can be told from not known.
    this.#avoidableMisses ??= this.#collector.counter(`${this.#prefix}.avoidable_misses`, { tags: this.#sharedTags });
    if (misses > 0) this.#avoidableMisses.add(misses);
  }

  evict(count: number): void {
    this.#evictions ??= this.#collector.counter(`${this.#prefix}.evictions`, { tags: this.#sharedTags });
    this.#evictions.add(count);
  }

  /**
   * Made with the first look-up, so that 0 misses and 0 evictions can be seen from then on; evictions without the tags of
   * the look-up: what goes for lack of room need not be of its kind.
   */
  #madeMisses(): Counter {
    if (this.#misses === undefined) {
      this.#misses = this.#collector.counter(`${this.#prefix}.misses`, { tags: this.#sharedTags });
      this.#collector.counter(`${this.#prefix}.evictions`);
    }
    return this.#misses;
  }

  /** The series under these tags; made, and remembered while there is room, when they are new. */
  under(tags: { readonly [key: string]: unknown }): CacheSeries {
    let node: CacheSeries = this;
    for (const key in tags) {
      const value = tags[key];
      if (value === undefined || value === null) continue;
      node = node.#lastKey === key && node.#lastValue === value ? node.#lastChild! : node.#step(key, value);
    }
    return node;
  }

  /** The timer of an operation with its outcome. */
  duration(operation: CacheOperation, outcome: "hit" | "miss" | undefined): Timer {
    if (operation === "get") {
      if (outcome === "hit") return (this.#getHit ??= this.#timer({ operation, outcome }));
      if (outcome === "miss") return (this.#getMiss ??= this.#timer({ operation, outcome }));
      return (this.#get ??= this.#timer({ operation }));
    }
    if (operation === "put") return (this.#put ??= this.#timer({ operation }));
    if (operation === "evict") return (this.#evict ??= this.#timer({ operation }));
    return (this.#clear ??= this.#timer({ operation }));
  }

  #timer(tags: MessageTags): Timer {
    return this.#collector.timer(`${this.#prefix}.operation.duration`, { tags: { ...this.#timedTags, ...tags } });
  }

  #step(key: string, value: unknown): CacheSeries {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
      throw new TypeError(`tag ${key.slice(0, 64)} must be text, a number or a boolean, got ${typeof value}`);
    }
    const known = this.#children.get(key)?.get(value);
    if (known === undefined) return this.#makeChild(key, value);
    this.#remember(key, value, known);
    return known;
  }

  #makeChild(key: string, value: TagValue): CacheSeries {
    const child = new CacheSeries(this.#collector, this.#prefix, { ...this.#tags, [key]: value }, this.#room);
    const long = key.length > MAX_VALUE_LENGTH || (typeof value === "string" && value.length > MAX_VALUE_LENGTH);
    if (long || this.#room.nodes <= 0) return child;
    this.#room.nodes--;
    let values = this.#children.get(key);
    if (values === undefined) {
      values = new Map();
      this.#children.set(key, values);
    }
    values.set(value, child);
    this.#remember(key, value, child);
    return child;
  }

  #remember(key: string, value: TagValue, child: CacheSeries): void {
    this.#lastKey = key;
    this.#lastValue = value;
    this.#lastChild = child;
  }
}
