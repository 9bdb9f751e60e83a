import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { CacheClock } from "./cache-clock.ts";

const CHECK_SECONDS = 0.5;

/**
 * How one process tells the others to drop their memory tiers: a small file that is replaced. Whoever holds entries in
 * memory looks at it at most twice a second (a stat, about 3 us), on a timer that keeps no process alive and at look-ups.
 */
export class ClearSignal {
  readonly #path: string;
  readonly #clock: CacheClock;
  readonly #onRaised: () => void;
  #seen: string;
  #checkedAt: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param onRaised called when another process (or another cache of this one) has raised the signal */
  constructor(path: string, clock: CacheClock, onRaised: () => void) {
    this.#path = path;
    this.#clock = clock;
    this.#onRaised = onRaised;
    this.#seen = this.#read();
    this.#checkedAt = clock.monotonic();
  }

  /** Tells all others. Returns false when the file cannot be written, for instance in a read-only folder. */
  raise(): boolean {
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      const fresh = `${this.#path}.${process.pid}`;
      try {
        writeFileSync(fresh, `${this.#clock.now()} ${crypto.randomUUID()}\n`, { mode: 0o600 });
        // A new file each time: a changed inode shows even when two signals fall into one tick of the file system's clock.
        renameSync(fresh, this.#path);
      } finally {
        rmSync(fresh, { force: true });
      }
    } catch {
      return false;
    }
    this.#seen = this.#read();
    return true;
  }

  /** Looks whether it was raised, if the last look is half a second ago. */
  check(): void {
    if (this.#clock.monotonic() - this.#checkedAt >= CHECK_SECONDS) this.checkNow();
  }

  /** Looks whether it was raised. */
  checkNow(): void {
    this.#checkedAt = this.#clock.monotonic();
    const current = this.#read();
    if (current === this.#seen) return;
    this.#seen = current;
    this.#onRaised();
  }

  /** Looks by itself from now on, until `unwatch`. */
  watch(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.checkNow(), CHECK_SECONDS * 1000);
    this.#timer.unref();
  }

  unwatch(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #read(): string {
    try {
      const stat = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
      return stat === undefined ? "" : `${stat.ino}:${stat.mtimeNs}`;
    } catch {
      return "";
    }
  }
}
