import { type MetricSnapshot, type MetricsBackend, MetricsError } from "@giflab/metrics-core";
import { type Datagram, DatagramPacker } from "./datagram-packer.ts";
import { SnapshotLines } from "./snapshot-lines.ts";
import { resolveStatsdOptions, type StatsdOptions, type StatsdSettings } from "./statsd-options.ts";
import { UdpSender } from "./udp-sender.ts";

/**
 * Sends every snapshot to a StatsD server over UDP: counters as `|c`, gauges as `|g`, timers in milliseconds as `|ms`.
 * It cannot be read: what arrived is the server's to show.
 *
 * UDP promises nothing, so neither does this backend: a server that is down loses what is sent meanwhile. What cannot
 * even be sent (no such host, a line longer than a datagram) is counted in `droppedLines` and said once. Each snapshot is
 * sent before the next is taken, so nothing piles up here.
 *
 * A timer that recorded more values than `timerSamples` is sent as that many values of equal weight with the sample rate
 * in the line: the server's count is right, and so are its median and 90th percentile.
 */
export class StatsdBackend implements MetricsBackend {
  readonly name = "statsd";
  readonly #settings: StatsdSettings;
  readonly #lines: SnapshotLines;
  readonly #sequences = new Map<string, number>();
  readonly #warned = new Set<string>();
  #sender: UdpSender | undefined;
  #sending: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #droppedLines = 0;

  /** Throws `INVALID_OPTION`. Opens nothing: the socket comes with the first snapshot. */
  constructor(options: StatsdOptions = {}) {
    this.#settings = resolveStatsdOptions(options);
    this.#lines = new SnapshotLines(this.#settings);
  }

  /** Lines that could not be sent so far. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** Resolves when the operating system has every line of the snapshot. Rejects with `CLOSED`, and for no network reason. */
  async write(snapshot: MetricSnapshot): Promise<void> {
    if (this.#closing !== undefined) throw new MetricsError("CLOSED", "the StatsD backend is closed");
    const { writerId } = snapshot.instance;
    if (snapshot.sequence <= (this.#sequences.get(writerId) ?? 0)) return;
    const datagrams = this.#pack(snapshot);
    this.#sequences.set(writerId, snapshot.sequence);
    this.#sending = this.#sending.then(() => this.#send(datagrams));
    await this.#sending;
  }

  /** Resolves when everything that was written is on its way. */
  flush(): Promise<void> {
    return this.#sending;
  }

  close(): Promise<void> {
    this.#closing ??= this.#sending.then(() => this.#sender?.close());
    return this.#closing;
  }

  #pack(snapshot: MetricSnapshot): Datagram[] {
    const packer = new DatagramPacker(this.#settings.maxDatagramBytes);
    const datagrams: Datagram[] = [];
    for (const point of snapshot.points) {
      for (const lines of this.#lines.of(point)) {
        if (packer.fits(lines)) {
          const full = packer.add(lines);
          if (full !== undefined) datagrams.push(full);
        } else {
          this.#drop(1, "too-long", () => {
            const { maxDatagramBytes } = this.#settings;
            const name = point.series.name.slice(0, 60);
            return `a line of ${name} is longer than maxDatagramBytes (${maxDatagramBytes}): shorten its name and tags`;
          });
        }
      }
    }
    const rest = packer.take();
    if (rest !== undefined) datagrams.push(rest);
    return datagrams;
  }

  /** One after the other, so that a burst does not overflow the server's socket; gives the rest up after a failure. */
  async #send(datagrams: readonly Datagram[]): Promise<void> {
    if (datagrams.length === 0) return;
    const { host, port } = this.#settings;
    this.#sender ??= new UdpSender({ host, port });
    for (const [position, { data }] of datagrams.entries()) {
      const error = await this.#sender.send(data);
      if (error === undefined) continue;
      const left = datagrams.slice(position).reduce((total, { lines }) => total + lines, 0);
      this.#drop(left, "send", () => `cannot send to ${host}:${port}: ${error.message}`);
      return;
    }
  }

  #drop(lines: number, kind: string, message: () => string): void {
    this.#droppedLines += lines;
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    this.#settings.onWarning(`giflab statsd: ${message()}; such lines are dropped and counted (said once)`);
  }
}
