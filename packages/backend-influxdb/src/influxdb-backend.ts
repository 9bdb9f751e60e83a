import { type MetricSnapshot, type MetricsBackend, MetricsError, type SnapshotSource } from "@giflab/metrics-core";
import { createDatabaseStatement } from "./create-database.ts";
import type { InfluxdbConnection } from "./influxdb-connection.ts";
import { type InfluxdbOptions, type InfluxdbSettings, resolveInfluxdbOptions } from "./influxdb-options.ts";
import { InstanceLines } from "./instance-lines.ts";
import { type LineBatch, lineBatches } from "./line-batches.ts";
import type { WriteFailure } from "./write-outcome.ts";

/** What a server may ask for at most with `Retry-After`. */
const MAX_RETRY_AFTER_SECONDS = 300;

/** How far an instance has got. */
interface Progress {
  readonly lines: InstanceLines;
  /** The last snapshot of which every batch was answered. */
  done: number;
  underway: Underway | undefined;
}

/** A snapshot of which not every batch was acknowledged. */
interface Underway {
  readonly sequence: number;
  readonly rest: Iterator<LineBatch, undefined>;
  /** What is sent next, and again after a failure. */
  batch: LineBatch | undefined;
}

/**
 * Writes every snapshot to InfluxDB as line protocol over HTTP: to `/write` of version 1, or `/api/v2/write` of versions 2
 * and 3. It cannot be read: queries are the server's to answer.
 *
 * A snapshot counts as delivered when the server has acknowledged all its lines. Until then it waits in the collector's
 * queue and is tried again, from the first batch without an acknowledgement. Lines that a server got and whose answer was
 * lost come twice with the same series and timestamp, so InfluxDB keeps them once. Lines that the server refuses for good
 * are counted in `rejectedLines` and, by their points, in `giflab.monitoring.dropped`.
 */
export class InfluxdbBackend implements MetricsBackend {
  readonly name = "influxdb";
  readonly #settings: InfluxdbSettings;
  readonly #instances = new Map<string, Progress>();
  /** Kinds of failure since the last success. */
  readonly #failures = new Set<WriteFailure["kind"]>();
  #hasFailed = false;
  #connection: Promise<InfluxdbConnection> | undefined;
  #source: SnapshotSource | undefined;
  #closed = false;
  #rejectedLines = 0;
  /** Monotonic seconds before which the server does not want to be asked again. */
  #waitUntil: number = Number.NEGATIVE_INFINITY;

  /** Throws `INVALID_OPTION`. Connects to nothing: that comes with the first snapshot. */
  constructor(options: InfluxdbOptions = {}) {
    this.#settings = resolveInfluxdbOptions(options, process.env);
  }

  /** Lines that the server refused for good. */
  get rejectedLines(): number {
    return this.#rejectedLines;
  }

  attach(source: SnapshotSource): void {
    this.#source = source;
  }

  /**
   * Resolves when the server has answered for every line. Rejects with `BACKEND_UNAVAILABLE` when it is down, overloaded or
   * does not know the database, `ACCESS_DENIED`, `CLOSED`, and `REJECTED` for a histogram layout of another version.
   */
  async write(snapshot: MetricSnapshot): Promise<void> {
    if (this.#closed) throw new MetricsError("CLOSED", "the InfluxDB backend is closed");
    const progress = this.#progressOf(snapshot);
    const { sequence } = snapshot;
    if (sequence <= progress.done) return;
    this.#refuseWhileAskedToWait();
    if (progress.underway?.sequence !== sequence) {
      const rest = lineBatches(progress.lines.of(snapshot), this.#settings.batch);
      progress.underway = { sequence, rest, batch: undefined };
    }
    const { underway } = progress;
    for (;;) {
      underway.batch ??= underway.rest.next().value;
      if (underway.batch === undefined) break;
      await this.#deliver(underway.batch);
      underway.batch = undefined;
    }
    progress.done = sequence;
    progress.underway = undefined;
  }

  /** Breaks off what is under way: the collector waits before it closes. */
  async close(): Promise<void> {
    this.#closed = true;
    (await this.#connection?.catch(() => undefined))?.close();
  }

  #progressOf({ instance }: MetricSnapshot): Progress {
    let progress = this.#instances.get(instance.writerId);
    if (progress === undefined) {
      progress = { lines: new InstanceLines(instance, this.#settings), done: 0, underway: undefined };
      this.#instances.set(instance.writerId, progress);
    }
    return progress;
  }

  #refuseWhileAskedToWait(): void {
    const left = this.#waitUntil - this.#settings.clock.monotonic();
    if (left <= 0) return;
    const seconds = Math.ceil(left);
    throw new MetricsError("BACKEND_UNAVAILABLE", `${this.#where} asks to be left alone for ${seconds} more seconds`);
  }

  /** Resolves when the batch is done with. */
  async #deliver(batch: LineBatch): Promise<void> {
    const { target } = this.#settings;
    let failure = await this.#attempt((connection) => connection.write(batch.body));
    if (failure?.kind === "no-database" && target.version === 1 && target.createDatabase) {
      failure = await this.#attempt((connection) => connection.createDatabase(target.database));
      failure ??= await this.#attempt((connection) => connection.write(batch.body));
    }
    if (failure === undefined) {
      this.#failures.clear();
    } else if (failure.kind === "refused") {
      this.#reject(batch, batch.lines, failure.message);
    } else if (failure.kind === "partly-refused") {
      this.#reject(batch, Math.min(batch.lines, failure.lines ?? batch.lines), failure.message);
    } else {
      throw this.#unavailable(failure);
    }
  }

  async #attempt(
    request: (connection: InfluxdbConnection) => Promise<WriteFailure | undefined>,
  ): Promise<WriteFailure | undefined> {
    this.#connection ??= this.#connect();
    const connection = await this.#connection;
    // Also what was acknowledged just before is delivered, closed or not.
    const failure = this.#closed ? "not sent" : await request(connection);
    if (failure === undefined) return undefined;
    if (failure === "not sent" || this.#closed) {
      throw new MetricsError("CLOSED", "the InfluxDB backend was closed during a write");
    }
    return failure;
  }

  /** Loaded with the first write: HTTP and the client take some 50 ms, which commands that only read are to be spared. */
  async #connect(): Promise<InfluxdbConnection> {
    const { InfluxdbConnection } = await import("./influxdb-connection.ts");
    return new InfluxdbConnection(this.#settings);
  }

  /** A line stands for at most one point, a timer's point for many lines: of those that are lost, as many points as can be. */
  #reject({ points }: LineBatch, lines: number, message: string): void {
    this.#rejectedLines += lines;
    this.#source?.dropped(Math.min(points, lines), `${this.#where} refused ${lines} lines: ${message}`);
  }

  #unavailable(failure: Exclude<WriteFailure, { kind: "refused" | "partly-refused" }>): MetricsError {
    const message = `${this.#where}: ${failure.message}${this.#advice(failure)}`;
    if (failure.kind === "unavailable" && failure.retryAfterSeconds !== undefined) {
      const seconds = Math.min(failure.retryAfterSeconds, MAX_RETRY_AFTER_SECONDS);
      this.#waitUntil = this.#settings.clock.monotonic() + seconds;
    }
    // The collector says the first failure of all; what somebody must put right is said too when it comes later.
    if (this.#hasFailed && failure.kind !== "unavailable" && !this.#failures.has(failure.kind)) {
      this.#settings.onWarning(`giflab influxdb: ${message}`);
    }
    this.#hasFailed = true;
    this.#failures.add(failure.kind);
    return new MetricsError(failure.kind === "denied" ? "ACCESS_DENIED" : "BACKEND_UNAVAILABLE", message);
  }

  get #where(): string {
    return `InfluxDB at ${this.#settings.url}`;
  }

  /** What to do about a failure; metrics wait in the queue meanwhile. */
  #advice({ kind }: WriteFailure): string {
    const { target } = this.#settings;
    if (kind === "no-database") {
      return target.version === 1
        ? `; run ${createDatabaseStatement(target.database)} there, or set createDatabase: true`
        : `; create the bucket "${target.bucket}", or correct bucket, org and token`;
    }
    if (kind === "denied") {
      return target.version === 1
        ? `; give username and password of a user that may write to "${target.database}"`
        : `; give a token that may write to "${target.bucket}"`;
    }
    if (kind !== "no-such-api") return "";
    return target.version === 1
      ? "; is url the address of an InfluxDB? Version 3 wants bucket and token instead of database"
      : "; is url the address of an InfluxDB? Version 1 before 1.8 wants database instead of bucket";
  }
}
