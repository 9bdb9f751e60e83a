import { beginStoring } from "./block-storage.ts";
import type { Connection } from "./connection.ts";
import {
  deleteExpired,
  forgetUnused,
  hasSpaceToReturn,
  makeRoomInSteps,
  needsRoom,
  vacuumInSteps,
} from "./maintenance.ts";
import { MaintenanceLease } from "./maintenance-lease.ts";
import type { StoreWriter } from "./open-writer.ts";
import { RollingUp } from "./roll-up.ts";
import { Sealing } from "./seal.ts";
import { type Stepwise, whenFree } from "./stepwise.ts";

/** Everything that keeps a store in order, in short steps. One per process and store. */
export class Upkeep {
  readonly #lease: MaintenanceLease;
  readonly #sealing: Sealing;
  readonly #rollingUp: RollingUp;

  constructor(lease: MaintenanceLease = new MaintenanceLease()) {
    this.#lease = lease;
    this.#sealing = new Sealing(lease);
    this.#rollingUp = new RollingUp(lease);
  }

  /** The path leads to another file now. */
  reset(): void {
    this.#sealing.reset();
    this.#rollingUp.reset();
  }

  /** Whether there is more to do than can be seen to in passing. */
  due(writer: StoreWriter, epochSeconds: number): boolean {
    const { connection, limits } = writer;
    if (needsRoom(connection, limits) || hasSpaceToReturn(connection)) return true;
    return this.#sealing.due(writer, epochSeconds) || this.#rollingUp.due(writer, epochSeconds);
  }

  /**
   * All that is due: the oldest rows go while the file is near its cap, hours that are over are sealed, old blocks are rolled
   * up, what is past retention goes, free pages are given back to the file system, and instances and series without rows are
   * forgotten. Throws what SQLite throws; whatever was done until then holds.
   * Returns false when another process is just sealing and rolling up.
   */
  *run(writer: StoreWriter, epochSeconds: number): Stepwise<boolean> {
    const { connection, limits } = writer;
    const began = performance.now();
    yield* makeRoomInSteps(connection, limits);
    // What another process is just rolling up is not past retention because it is late.
    const packed = yield* this.#pack(writer, epochSeconds);
    const now = (): number => epochSeconds + (performance.now() - began) / 1000;
    const allowed = (): boolean => !this.#lease.isAnothers(connection, now());
    if (packed) yield* deleteExpired(connection, limits, epochSeconds, allowed);
    yield* makeRoomInSteps(connection, limits);
    yield* vacuumInSteps(connection);
    yield* whenFree(connection, () => forgetUnused(connection, epochSeconds));
    return packed;
  }

  /** Seals and rolls up. Returns false when another process is at it. */
  *#pack(writer: StoreWriter, epochSeconds: number): Stepwise<boolean> {
    const { connection } = writer;
    if (!this.#sealing.due(writer, epochSeconds) && !this.#rollingUp.due(writer, epochSeconds)) return true;
    if (!(yield* beginStoring(connection, this.#lease, epochSeconds))) return false;
    let done = false;
    try {
      while (yield* this.#sealing.next(writer, epochSeconds)) yield "more";
      while (yield* this.#rollingUp.next(writer, epochSeconds)) yield "more";
      yield* whenFree(connection, () => this.#lease.release(connection));
      done = true;
    } finally {
      if (!done) this.#letGo(connection);
    }
    return true;
  }

  /** For a job that is broken off; if it cannot be said, the lease runs out. */
  #letGo(connection: Connection): void {
    try {
      connection.immediate(() => this.#lease.release(connection));
    } catch {
      // Busy, or the file is gone.
    }
  }
}
