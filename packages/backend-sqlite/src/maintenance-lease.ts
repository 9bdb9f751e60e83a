import type { Connection } from "./connection.ts";

/** How long one process may be at it without saying so again. */
const LEASE_SECONDS = 60;
/** A job looks at the clock when it begins, so that another one's lease may seem to reach somewhat further. */
const SKEW_SECONDS = 5;

const UNTIL = "SELECT value FROM settings WHERE key = 'leaseUntil'";
const OWNER = "SELECT value FROM settings WHERE key = 'leaseOwner'";
const TAKE = `INSERT INTO settings VALUES ('leaseUntil', ?), ('leaseOwner', ?)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
const RELEASE = "DELETE FROM settings WHERE key IN ('leaseUntil', 'leaseOwner')";

/**
 * Says in the file which process is sealing and rolling up, so that others do not do the same work. It only saves work:
 * who has lost it without noticing finds its rows changed and gives up. One that runs out later than it could have been
 * taken for is left over from before a clock was set back, and does not count.
 */
export class MaintenanceLease {
  #drawn: number | undefined;

  /** Takes or prolongs it, with the write lock held. Returns whether it is ours. */
  take(connection: Connection, epochSeconds: number): boolean {
    if (this.isAnothers(connection, epochSeconds)) return false;
    connection.statement(TAKE).run(epochSeconds + LEASE_SECONDS, this.#owner);
    return true;
  }

  /** Whether another process has it. */
  isAnothers(connection: Connection, epochSeconds: number): boolean {
    const left = ((connection.value(UNTIL) as number | undefined) ?? 0) - epochSeconds;
    return left > 0 && left <= LEASE_SECONDS + SKEW_SECONDS && !this.#isOurs(connection);
  }

  /** Gives it up, with the write lock held. */
  release(connection: Connection): void {
    if (this.#isOurs(connection)) connection.statement(RELEASE).run();
  }

  /** Drawn when it is first needed: loading the module takes 5 ms, which is a lot to a command that only reads. */
  get #owner(): number {
    this.#drawn ??= process.getBuiltinModule("node:crypto").randomInt(1, 2 ** 47);
    return this.#drawn;
  }

  #isOurs(connection: Connection): boolean {
    return connection.value(OWNER) === this.#owner;
  }
}
