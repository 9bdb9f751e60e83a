import type { PeerServer } from "./peer-server.ts";

/** What a server scrapes at one moment. */
export interface Scrape {
  /** Epoch seconds. */
  readonly seconds: number;
  /** Lines of series, value and time. */
  readonly text: string;
}

/** All scrapes in order; `timestamp` writes a time as the peer reads it. */
export type Scrapes = (timestamp: (epochSeconds: number) => string) => Iterable<Scrape>;

/** A time-series database whose Debian package may be installed here. */
export interface Peer {
  readonly name: string;
  /** `undefined` when it is not installed. */
  readonly version: string | undefined;
  /** Takes all scrapes into its files in `folder`, and says how many bytes they are. */
  readonly fill: (folder: string, scrapes: Scrapes) => Promise<number>;
  /** Starts it on what `fill` has left. */
  readonly serve: (folder: string) => Promise<PeerServer>;
  /** Deletes what is older and returns the space; `undefined` when it cannot delete by time. */
  readonly deleteBefore: ((server: PeerServer, epochSeconds: number) => Promise<void>) | undefined;
}
