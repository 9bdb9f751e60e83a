import type { StateEntry, StateStore } from "./backend.ts";

/** State documents in memory, for as long as the process lives. */
export class MemoryState implements StateStore {
  readonly #entries = new Map<string, StateEntry>();

  async get(key: string): Promise<StateEntry | undefined> {
    return this.#entries.get(key);
  }

  async compareAndSet(key: string, expectedVersion: number, value: string | undefined): Promise<number | undefined> {
    if ((this.#entries.get(key)?.version ?? 0) !== expectedVersion) return undefined;
    if (value === undefined) {
      this.#entries.delete(key);
      return 0;
    }
    const entry = { key, value, version: expectedVersion + 1 };
    this.#entries.set(key, entry);
    return entry.version;
  }

  async list(prefix: string): Promise<readonly StateEntry[]> {
    const found = [...this.#entries.values()].filter((entry) => entry.key.startsWith(prefix));
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}
