import { statSync } from "node:fs";
import type { CacheClock } from "./cache-clock.ts";
import { type CacheRow, CacheTable, type DiskUsage, type StoredValue } from "./cache-table.ts";
import { ForeignFileError, isBusy, isDamaged, openCacheDatabase, setAside, sqliteCode } from "./disk-database.ts";
import { type Write, WriteQueue } from "./write-queue.ts";

const RETRY_OPEN_SECONDS = 60;
/** How long a removed or replaced file may go unnoticed by look-ups; writes look each time. */
const CHECK_FILE_SECONDS = 0.5;
/** Uses that are noted together, as noting is a write. */
const USES_PER_NOTE = 64;
const REMOVE_ATTEMPTS = 40;
const REMOVE_RETRY_MS = 25;

export interface DiskTierOptions {
  readonly path: string;
  /** 0: no disk tier. */
  readonly limitBytes: number;
  readonly ttlSeconds: number;
  readonly clock: CacheClock;
  /** Told once per kind of trouble. */
  readonly onWarning: (message: string) => void;
}

/** A value on its way to disk. */
export interface DiskEntry extends Omit<CacheRow, "data"> {
  /** Makes the bytes when it is their turn, in steps between other work, outside any lock. */
  readonly encode: () => Iterator<void, Uint8Array, void>;
  /** Memory that the value holds while it waits. */
  readonly heldBytes: number;
}

/**
 * Values in an SQLite file that many processes use at once: bounded by bytes and age, least recently used go first.
 *
 * It never waits for a lock on the event loop, and nothing that happens to the file reaches the caller: what cannot be
 * read is a miss, what cannot be written is left out. Writing happens between other work, in `flush` and in `close`.
 */
export class DiskTier {
  readonly #options: DiskTierOptions;
  readonly #queue: WriteQueue;
  readonly #warned = new Set<string>();
  readonly #used = new Map<string, number>();
  #table: CacheTable | undefined;
  #inode: bigint | undefined;
  #checkedAt = 0;
  #openAgainAt = 0;
  #pruned = false;
  #closed = false;

  constructor(options: DiskTierOptions) {
    this.#options = options;
    this.#queue = new WriteQueue((writes) => this.#apply(writes));
  }

  /** The stored value, or `undefined` when there is none, it is too old or damaged, or the file is not to be had now. */
  get(key: string): StoredValue | undefined {
    const value = this.#attempt((table) => table.get(key));
    if (value === undefined || value === "busy") return undefined;
    if (this.#options.clock.now() - value.createdAt >= this.#options.ttlSeconds || !value.sound) {
      this.delete(key);
      return undefined;
    }
    this.#used.set(key, this.#options.clock.now());
    if (this.#used.size >= USES_PER_NOTE) this.#queue.wake();
    return value;
  }

  /** Whether there is a value that is young enough, without reading it; not a use. */
  has(key: string): boolean {
    const createdAt = this.#attempt((table) => table.createdAt(key));
    return typeof createdAt === "number" && this.#options.clock.now() - createdAt < this.#options.ttlSeconds;
  }

  /** Stores it soon; leaves out what is larger than the tier. */
  put(entry: DiskEntry): void {
    if (this.#closed || this.#options.limitBytes <= 0) return;
    let data: Uint8Array | undefined;
    let steps: Iterator<void, Uint8Array, void> | undefined;
    this.#queue.add({
      heldBytes: entry.heldBytes,
      prepare: () => {
        try {
          steps ??= entry.encode();
          const step = steps.next();
          if (step.done === true) data = step.value;
          return step.done === true;
        } catch (error) {
          this.#warn("encode", `not cached on disk: ${error instanceof Error ? error.message : String(error)}`);
          return true;
        }
      },
      apply: (table) => {
        if (data !== undefined) table.store({ ...entry, data }, this.#options.limitBytes, this.#options.clock.now());
      },
    });
  }

  /** Removes an entry soon. */
  delete(key: string): void {
    if (this.#closed || this.#options.limitBytes <= 0) return;
    this.#queue.add({ heldBytes: 0, apply: (table) => table.delete(key) });
  }

  /**
   * Removes what is filed under `label`, or everything with what still waits to be written. Resolves to how many entries
   * went; `undefined` when the file stayed locked for a second or cannot be used.
   */
  async remove(label?: string): Promise<number | undefined> {
    if (this.#options.limitBytes <= 0) return 0;
    if (label === undefined) this.#queue.drop();
    else await this.#queue.flush();
    for (let attempt = 0; attempt < REMOVE_ATTEMPTS; attempt++) {
      const removed = this.#attempt((table) =>
        label === undefined
          ? table.deleteAll()
          : table.database.transaction(() => table.deleteLabel(label)).immediate(),
      );
      if (removed !== "busy") return removed;
      await new Promise((resolve) => setTimeout(resolve, REMOVE_RETRY_MS));
    }
    return undefined;
  }

  /** Forgets what waits to be written. */
  dropWaiting(): void {
    this.#queue.drop();
  }

  /** What is stored; `undefined` when the file is not to be had now. */
  usage(): DiskUsage | undefined {
    const usage = this.#attempt((table) => table.usage());
    return usage === "busy" ? undefined : usage;
  }

  /** Entries per label; empty when the file is not to be had now. */
  countByLabel(): ReadonlyMap<string, number> {
    const counts = this.#attempt((table) => table.countByLabel());
    return counts === undefined || counts === "busy" ? new Map() : counts;
  }

  /** Writes what waits, trying for up to a second when the file is locked. */
  async flush(): Promise<void> {
    if (this.#used.size > 0) this.#queue.wake();
    await this.#queue.flush();
  }

  /** Writes what waits and lets go of the file. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.flush();
    this.#closed = true;
    this.#queue.close();
    this.#release();
  }

  #apply(writes: readonly Write[]): "done" | "busy" {
    this.#checkFile();
    const outcome = this.#attempt((table) => {
      table.database
        .transaction(() => {
          for (const write of writes) write.apply(table);
          for (const [key, at] of this.#used) table.noteUse(key, at);
          if (!this.#pruned) this.#prune(table);
        })
        .immediate();
      this.#pruned = true;
      this.#used.clear();
    });
    return outcome === "busy" ? "busy" : "done";
  }

  /** Removes what is too old or too much by now, once per process. */
  #prune(table: CacheTable): void {
    table.deleteCreatedBefore(this.#options.clock.now() - this.#options.ttlSeconds);
    table.makeRoom(this.#options.limitBytes);
  }

  #attempt<T>(use: (table: CacheTable) => T): T | "busy" | undefined {
    if (this.#closed || this.#options.limitBytes <= 0) return undefined;
    try {
      if (this.#options.clock.monotonic() - this.#checkedAt >= CHECK_FILE_SECONDS) this.#checkFile();
      if (this.#table === undefined) {
        if (this.#options.clock.monotonic() < this.#openAgainAt) return undefined;
        this.#table = new CacheTable(openCacheDatabase(this.#options.path));
        this.#inode = inodeOf(this.#options.path);
      }
      return use(this.#table);
    } catch (error) {
      if (isBusy(error)) return "busy";
      this.#recover(error);
      return undefined;
    }
  }

  /** Lets go of a file that somebody removed or replaced: SQLite would go on with one that nobody else can see. */
  #checkFile(): void {
    this.#checkedAt = this.#options.clock.monotonic();
    if (this.#table !== undefined && inodeOf(this.#options.path) !== this.#inode) this.#release();
  }

  /** After trouble that is not a lock: begins anew when the file is damaged or gone, else pauses for a minute. */
  #recover(error: unknown): void {
    const wasOpen = this.#table !== undefined;
    this.#release();
    const message = error instanceof Error ? error.message : String(error);
    if (wasOpen && isDamaged(error)) {
      try {
        setAside(this.#options.path);
      } catch {
        // Another process has moved it already.
      }
      this.#warn("damaged", `${this.#options.path} was damaged (${message}): moved aside and begun anew`);
      return;
    }
    // Removed or replaced under us: the next use makes a new file.
    if (wasOpen && /IOERR|READONLY_DBMOVED|CANTOPEN/.test(sqliteCode(error) ?? "")) return;
    this.#openAgainAt = this.#options.clock.monotonic() + RETRY_OPEN_SECONDS;
    const reason = error instanceof ForeignFileError ? message : `${this.#options.path}: ${message}`;
    this.#warn("unusable", `going on without the disk cache: ${reason}`);
  }

  #release(): void {
    try {
      this.#table?.database.close();
    } catch {
      // It is given up either way.
    }
    this.#table = undefined;
  }

  #warn(kind: string, message: string): void {
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    this.#options.onWarning(message);
  }
}

function inodeOf(path: string): bigint | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
  } catch {
    return undefined;
  }
}
