import type { Datagram } from "./datagram-packer.ts";

/** How far a snapshot got. */
export interface Sent {
  /** Datagrams that the operating system has taken, from the first on. */
  readonly taken: number;
  /** What stopped the rest. */
  readonly error?: Error | undefined;
  /** Whether a server that is only slow stopped it, so that it is worth trying again soon. */
  readonly busy?: boolean | undefined;
}

/** A way to a server. */
export interface Transport {
  /** Whether what was not taken is worth trying again: the server is known to be away then, and gets it when it is back. */
  readonly retries: boolean;
  /** Bytes taken so far of which it is not known whether the server has read them. */
  readonly bytesInFlight: number;
  /** Those among them of which it never will be, because the server went away. */
  readonly bytesAbandoned: number;
  /** For messages: `127.0.0.1:8125` or the path of a socket. */
  readonly address: string;
  /** Sends datagrams in order, one call at a time. Bounded in time; never rejects. */
  send(datagrams: readonly Datagram[]): Promise<Sent>;
  close(): Promise<void>;
}
