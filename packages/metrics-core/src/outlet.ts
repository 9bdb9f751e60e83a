import type { MetricsBackend } from "./backend.ts";
import { waitAtMost } from "./bounded-wait.ts";
import { CollectionCursor } from "./collection-cursor.ts";
import { DeliveryQueue, type QueueOptions } from "./delivery-queue.ts";
import type { SeriesRegistry } from "./series-registry.ts";
import type { MetricSnapshot } from "./snapshot.ts";

/** What all outlets of a collector say alike in their snapshots. */
export type SnapshotHeader = Pick<MetricSnapshot, "instance" | "end" | "flushIntervalSeconds" | "final" | "derived">;

/** Seconds that `close()` goes on offering to a backend that refuses, and waits for one that is slow or busy. */
const CLOSE_SECONDS = 1;
const CLOSE_BUSY_SECONDS = 5;

interface OutletOptions extends QueueOptions {
  /** Monotonic seconds at which recording began. */
  readonly since: number;
  /** The cursor of an outlet that has begun already, if there is one. */
  readonly elder: CollectionCursor | undefined;
  /** Collects for this outlet alone. */
  readonly collectNow: (outlet: Outlet) => void;
}

/** One backend of a collector: how far it has got in the data, and what waits for it. */
export class Outlet {
  readonly queue: DeliveryQueue;
  readonly cursor: CollectionCursor;
  readonly #options: OutletOptions;
  #sequence = 0;
  /** Monotonic seconds up to which its snapshots reach. */
  #collectedAt: number;

  constructor(backend: MetricsBackend, registry: SeriesRegistry, options: OutletOptions) {
    this.queue = new DeliveryQueue(backend, options);
    this.cursor = new CollectionCursor(registry, options.elder);
    this.#collectedAt = options.since;
    this.#options = options;
  }

  /** Tells the backend where it can ask for the present, and report what it lost. */
  attach(): void {
    const { collectNow, onDropped, onFailure } = this.#options;
    const deliver = (): Promise<void> =>
      guarded(() => {
        collectNow(this);
        return this.queue.deliver();
      }, onFailure);
    try {
      this.backend.attach?.({ deliver, dropped: onDropped });
    } catch (error) {
      onFailure(error);
    }
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

  /** Delivers what waits; a store that is busy is asked again for up to `busySeconds`. */
  async flush(busySeconds: number, onError: (error: unknown) => void): Promise<void> {
    const { queue, backend } = this;
    await queue.deliver();
    if (queue.length > 0 && queue.busy) await queue.deliverWithin(busySeconds);
    await guarded(() => backend.flush?.(), onError);
  }

  /** Delivers what a backend that can only write asynchronously takes within `seconds`. Never rejects. */
  async flushBeforeExit(seconds: number): Promise<void> {
    await this.queue.deliverWithin(seconds);
    await guarded(
      () => this.backend.flush?.(),
      () => {},
    );
  }

  /** Delivers the rest and closes the backend. Resolves to the points left behind. */
  async close(onError: (error: unknown) => void): Promise<number> {
    const { queue, backend } = this;
    await waitAtMost(queue.deliver(), CLOSE_BUSY_SECONDS);
    if (queue.length > 0) await queue.deliverWithin(queue.busy ? CLOSE_BUSY_SECONDS : CLOSE_SECONDS);
    const left = queue.stop();
    await guarded(() => waitAtMost(backend.close(), CLOSE_BUSY_SECONDS), onError);
    return left;
  }

  /** The same synchronously, at exit. */
  closeSync(deadline: number): number {
    this.queue.deliverSync(deadline);
    const left = this.queue.stop();
    try {
      this.backend.closeSync?.();
    } catch {
      // The process ends; what was written is safe.
    }
    return left;
  }
}

async function guarded(work: () => void | Promise<void> | undefined, onError: (error: unknown) => void): Promise<void> {
  try {
    await work();
  } catch (error) {
    onError(error);
  }
}
