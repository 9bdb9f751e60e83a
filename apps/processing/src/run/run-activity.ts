import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** What one cache did. */
export interface CacheActivity {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  /** Hits out of all look-ups, 0 to 1; `undefined` without any. */
  readonly hitRate: number | undefined;
  readonly hitsByTier: Readonly<Record<string, number>>;
}

/** What the monitored systems did while somebody listened. */
export interface RunActivity {
  readonly caches: Readonly<Record<"frame" | "validation" | "resize", CacheActivity>>;
  readonly sampling: {
    readonly framesTotal: number;
    readonly framesSampled: number;
    readonly byStrategy: Readonly<Record<string, number>>;
  };
  readonly lazyImports: readonly {
    readonly module: string;
    readonly seconds: number;
    readonly fallbackUsed: boolean;
  }[];
}

interface CacheTally {
  hits: number;
  misses: number;
  evictions: number;
  hitsByTier: Record<string, number>;
}

const CACHES = ["frame", "validation", "resize"] as const;

interface CacheMessage {
  readonly cache: string;
  readonly operation: string;
  readonly outcome?: string;
  readonly count?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

interface SamplingMessage {
  readonly strategy: string;
  readonly framesTotal: number;
  readonly framesSampled: number;
}

interface LazyImportMessage {
  readonly module: string;
  readonly seconds: number;
  readonly fallbackUsed: boolean;
}

/**
 * Counts what caches, samplers and lazy imports publish, for the summary of one run: the same messages that monitoring
 * records, so that both tell the same story, with monitoring on or off.
 */
export class RunActivityTally {
  readonly #caches = new Map<string, CacheTally>(
    CACHES.map((name) => [name, { hits: 0, misses: 0, evictions: 0, hitsByTier: {} }]),
  );
  #framesTotal = 0;
  #framesSampled = 0;
  readonly #strategies: Record<string, number> = {};
  readonly #lazyImports: LazyImportMessage[] = [];
  readonly #subscriptions: readonly (readonly [string, (message: unknown) => void])[] = [
    ["giflab:cache", (message) => this.#onCache(message as CacheMessage)],
    ["giflab:sampling", (message) => this.#onSampling(message as SamplingMessage)],
    ["giflab:lazy-import", (message) => this.#onLazyImport(message as LazyImportMessage)],
  ];

  start(): void {
    for (const [channel, listener] of this.#subscriptions) subscribe(channel, listener);
  }

  stop(): void {
    for (const [channel, listener] of this.#subscriptions) unsubscribe(channel, listener);
  }

  activity(): RunActivity {
    const caches = [...this.#caches].map(([name, tally]): [string, CacheActivity] => {
      const lookUps = tally.hits + tally.misses;
      return [name, { ...tally, hitRate: lookUps === 0 ? undefined : tally.hits / lookUps }];
    });
    return {
      caches: Object.fromEntries(caches) as unknown as RunActivity["caches"],
      sampling: { framesTotal: this.#framesTotal, framesSampled: this.#framesSampled, byStrategy: this.#strategies },
      lazyImports: this.#lazyImports,
    };
  }

  #onCache({ cache, operation, outcome, count = 1, tags }: CacheMessage): void {
    const tally = this.#caches.get(cache);
    if (tally === undefined) return;
    if (operation === "evict") tally.evictions += count;
    if (operation !== "get") return;
    if (outcome === "miss") tally.misses += count;
    else {
      tally.hits += count;
      const tier = tags?.["tier"];
      if (tier !== undefined) tally.hitsByTier[tier] = (tally.hitsByTier[tier] ?? 0) + count;
    }
  }

  #onSampling({ strategy, framesTotal, framesSampled }: SamplingMessage): void {
    this.#framesTotal += framesTotal;
    this.#framesSampled += framesSampled;
    this.#strategies[strategy] = (this.#strategies[strategy] ?? 0) + 1;
  }

  #onLazyImport({ module, seconds, fallbackUsed }: LazyImportMessage): void {
    this.#lazyImports.push({ module, seconds, fallbackUsed });
  }
}
