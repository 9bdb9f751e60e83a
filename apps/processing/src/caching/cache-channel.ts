import { channel } from "node:diagnostics_channel";

/** What a cache says it did, on the `node:diagnostics_channel` named `giflab:cache`. */
export interface CacheMessage {
  /** `frame`, `validation`, `resize`, `resize.buffer_pool`. */
  readonly cache: string;
  readonly operation: "get" | "put" | "evict" | "clear";
  /** Of `get` only: one message per look-up. */
  readonly outcome?: "hit" | "miss";
  /** How long it took. */
  readonly seconds: number;
  /** Entries concerned; default 1. */
  readonly count?: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  /** Of `put` only: the entry was not kept in memory, as it is larger than all of it. */
  readonly refused?: boolean;
  /** Of `get` only: bytes of the distinct entries used since this one's last use, itself included. */
  readonly reuseDistanceBytes?: number;
  /** Of `get` only: the entry was not used before (within reach), or is valid no longer. */
  readonly firstUse?: boolean;
  /** Look-ups that these two stand for, where only some keys are followed; default 1. */
  readonly reuseWeight?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

const cacheChannel = channel("giflab:cache");

/** Whether anybody listens: ask before reading a clock or building a message (0.3 ns when nobody does). */
export function cacheIsObserved(): boolean {
  return cacheChannel.hasSubscribers;
}

/** Tells whoever listens; does nothing when nobody does. */
export function publishCacheMessage(message: CacheMessage): void {
  cacheChannel.publish(message);
}
