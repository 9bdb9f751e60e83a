import type { Connection } from "./connection.ts";
import { deleteExpired, forgetUnused, makeRoomInSteps, vacuumInSteps } from "./maintenance.ts";
import { MaintenanceLease } from "./maintenance-lease.ts";
import type { StoreWriter } from "./open-writer.ts";
import { Sealing } from "./seal.ts";
import { type Stepwise, whenFree } from "./stepwise.ts";

/** Everything that keeps a store in order, in short steps. One per process and store. */
export class Upkeep {
  readonly #lease = new MaintenanceLease();
  readonly #sealing = new Sealing(this.#lease);

  /** The path leads to another file now. */
  reset(): void {
    this.#sealing.reset();
  }

  /**
   * All that is due: the oldest rows go while the file is near its cap and when they are past retention, hours that are over
   * are sealed, free pages go back to the file system, and instances and series without rows are forgotten. Throws what
   * SQLite throws; whatever was done until then holds.
   */
  *run(writer: StoreWriter, epochSeconds: number): Stepwise<void> {
    const { connection, limits } = writer;
    yield* makeRoomInSteps(connection, limits);
    yield* deleteExpired(connection, limits, epochSeconds);
    while (yield* this.#sealing.next(writer, epochSeconds)) yield "more";
    yield* this.#release(connection);
    yield* makeRoomInSteps(connection, limits);
    yield* vacuumInSteps(connection);
    yield* whenFree(connection, () => forgetUnused(connection, epochSeconds));
  }

  *#release(connection: Connection): Stepwise<void> {
    yield* whenFree(connection, () => this.#lease.release(connection));
  }
}
