import type { MetricsBackend } from "./backend.ts";
import { CollectionCursor } from "./collection-cursor.ts";
import { DeliveryQueue, type QueueOptions } from "./delivery-queue.ts";
import type { SeriesRegistry } from "./series-registry.ts";
import type { MetricSnapshot } from "./snapshot.ts";

/** What all outlets of a collector say alike in their snapshots. */
export type SnapshotHeader = Pick<MetricSnapshot, "instance" | "end" | "flushIntervalSeconds" | "final" | "derived">;

interface OutletOptions extends QueueOptions {
  /** Monotonic seconds at which recording began. */
  readonly since: number;
  /** The cursor of an outlet that has begun already, if there is one. */
  readonly elder: CollectionCursor | undefined;
}

/** One backend of a collector: how far it has got in the data, and what waits for it. */
export class Outlet {
  readonly queue: DeliveryQueue;
  readonly cursor: CollectionCursor;
  #sequence = 0;
  /** Monotonic seconds up to which its snapshots reach. */
  #collectedAt: number;

  constructor(backend: MetricsBackend, registry: SeriesRegistry, options: OutletOptions) {
    this.queue = new DeliveryQueue(backend, options);
    this.cursor = new CollectionCursor(registry, options.elder);
    this.#collectedAt = options.since;
  }

  get backend(): MetricsBackend {
    return this.queue.backend;
  }

  /** Whether a snapshot was made already. */
  get begun(): boolean {
    return this.#sequence > 0;
  }

  /** Queues a snapshot of what was recorded since the last one; none when no time has passed and nothing happened. */
  collect(header: SnapshotHeader, monotonic: number, siblings: readonly CollectionCursor[]): void {
    const points = this.cursor.collect(monotonic, header.final, siblings);
    const elapsed = monotonic - this.#collectedAt;
    if (points.length === 0 && elapsed <= 0 && !header.final) return;
    this.#collectedAt = monotonic;
    this.queue.push({ ...header, sequence: ++this.#sequence, start: header.end - elapsed, points });
  }
}
