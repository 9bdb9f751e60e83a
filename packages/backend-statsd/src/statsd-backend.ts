import {
  isMetricsError,
  type MetricSnapshot,
  type MetricsBackend,
  MetricsError,
  type SnapshotPoint,
  type SnapshotSource,
} from "@giflab/metrics-core";
import { type Datagram, DatagramPacker } from "./datagram-packer.ts";
import { openTransport } from "./open-transport.ts";
import { SnapshotLines } from "./snapshot-lines.ts";
import { resolveStatsdOptions, type StatsdOptions, type StatsdSettings } from "./statsd-options.ts";
import type { Transport } from "./transport.ts";

/** Lines formatted before the event loop gets a turn: half a millisecond. */
const LINES_A_TURN = 500;
/** What is written to a TCP connection at once. */
const STREAM_BYTES = 16_384;

/** What of a snapshot is still to be sent. */
interface Rest {
  readonly snapshot: string;
  readonly datagrams: readonly Datagram[];
}

/**
 * Sends every snapshot to a StatsD server: counters as `|c`, gauges as `|g`, timers in milliseconds as `|ms`. It cannot be
 * read: what arrived is the server's to show.
 *
 * A timer that recorded more values than `timerSamples` is sent as that many values of equal weight with the sample rate
 * in the line: the server's count is right, and so are its median and 90th percentile.
 *
 * Over TCP and Unix sockets a server that is away refuses a snapshot, which the collector keeps and offers again; sending
 * goes on where it stopped, since a StatsD server would count twice what it got twice. Lost is at most what
 * `giflab.monitoring.dropped` counts plus `bytesInFlight`. UDP promises nothing: while the server is down, what is sent is
 * gone. What no server can get (a line longer than a datagram, a host without an address) is dropped and counted. Nothing
 * piles up here: each snapshot is sent before the next is taken.
 */
export class StatsdBackend implements MetricsBackend {
  readonly name = "statsd";
  readonly #settings: StatsdSettings;
  readonly #lines: SnapshotLines;
  readonly #transport: Transport;
  readonly #sequences = new Map<string, number>();
  readonly #warned = new Set<string>();
  #source: SnapshotSource | undefined;
  #rest: Rest | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #droppedPoints = 0;

  /**
   * Opens no connection: that comes with the first snapshot. Throws `INVALID_OPTION`, and `BACKEND_MISSING` without the
   * package that `protocol: "unix"` needs.
   */
  constructor(options: StatsdOptions = {}) {
    this.#settings = resolveStatsdOptions(options);
    this.#lines = new SnapshotLines(this.#settings);
    this.#transport = openTransport(this.#settings);
  }

  /** Points given up so far because they cannot be sent; a collector counts them in `giflab.monitoring.dropped` too. */
  get droppedPoints(): number {
    return this.#droppedPoints;
  }

  /**
   * Bytes given to the operating system so far of which no server is known to have read them: of connections that broke or
   * were not answered over TCP; over Unix sockets what fits into the socket's queue, now and each time the server went away.
   */
  get bytesInFlight(): number {
    return this.#transport.bytesInFlight;
  }

  attach(source: SnapshotSource): void {
    this.#source = source;
  }

  /**
   * Resolves when the snapshot is on its way: over TCP when the server has read all of it. Rejects with `CLOSED`; over TCP
   * and Unix sockets also with `BACKEND_UNAVAILABLE` and `BACKEND_BUSY`, and then goes on where it stopped when the same
   * snapshot comes again.
   */
  write(snapshot: MetricSnapshot): Promise<void> {
    if (this.#closing !== undefined) {
      return Promise.reject(new MetricsError("CLOSED", "the StatsD backend is closed"));
    }
    const done = this.#last.then(() => this.#write(snapshot));
    this.#last = done.catch(() => {});
    return done;
  }

  /** Resolves when everything that was written is on its way, or refused. */
  async flush(): Promise<void> {
    await this.#last;
  }

  close(): Promise<void> {
    this.#closing ??= this.#last.then(() => this.#transport.close());
    return this.#closing;
  }

  async #write(snapshot: MetricSnapshot): Promise<void> {
    const { writerId } = snapshot.instance;
    if (snapshot.sequence <= (this.#sequences.get(writerId) ?? 0)) return;
    const key = `${writerId} ${snapshot.sequence}`;
    const datagrams = this.#rest?.snapshot === key ? this.#rest.datagrams : await this.#pack(snapshot);
    this.#rest = undefined;
    const { taken, error, busy } = await this.#transport.send(datagrams);
    this.#sayAbandoned();
    const left = datagrams.slice(taken);
    if (error !== undefined) {
      const message = `cannot send to ${this.#transport.address}: ${error.message}`;
      if (this.#transport.retries) {
        this.#rest = { snapshot: key, datagrams: left };
        throw new MetricsError(busy ? "BACKEND_BUSY" : "BACKEND_UNAVAILABLE", message, { cause: error });
      }
      this.#drop(
        left.reduce((total, { points }) => total + points, 0),
        "send",
        message,
      );
    }
    this.#sequences.set(writerId, snapshot.sequence);
  }

  async #pack(snapshot: MetricSnapshot): Promise<readonly Datagram[]> {
    const stream = this.#settings.protocol === "tcp";
    const maxBytes = stream ? STREAM_BYTES : this.#settings.maxDatagramBytes;
    const packer = new DatagramPacker({ maxBytes, end: stream ? "\n" : "" });
    let ofTurn = 0;
    for (const point of snapshot.points) {
      const lines = this.#linesOf(point);
      ofTurn += lines?.length ?? 0;
      if (ofTurn >= LINES_A_TURN) {
        ofTurn = 0;
        await new Promise(setImmediate);
      }
      if (lines === undefined || packer.add(lines)) continue;
      const name = point.series.name.slice(0, 60);
      const limit = stream ? `${maxBytes} bytes` : `maxDatagramBytes (${maxBytes})`;
      this.#drop(1, "too-long", `a line of ${name} is longer than ${limit}: shorten its name and tags`);
    }
    return packer.finish();
  }

  #linesOf(point: SnapshotPoint): readonly string[] | undefined {
    try {
      return this.#lines.of(point);
    } catch (error) {
      if (!isMetricsError(error, "REJECTED")) throw error;
      this.#drop(1, "refused", error.message);
      return undefined;
    }
  }

  #drop(points: number, kind: string, why: string): void {
    this.#droppedPoints += points;
    if (this.#source !== undefined) this.#source.dropped(points, why);
    else this.#warn(kind, `${why}; such points are dropped and counted (said once)`);
  }

  #sayAbandoned(): void {
    const { bytesAbandoned, address } = this.#transport;
    if (bytesAbandoned === 0) return;
    this.#warn(
      "abandoned",
      `${address} went away with up to ${bytesAbandoned} bytes that it may not have read; bytesInFlight counts them (said once)`,
    );
  }

  #warn(kind: string, message: string): void {
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    this.#settings.onWarning(`giflab statsd: ${message}`);
  }
}
