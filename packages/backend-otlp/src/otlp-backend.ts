import { setTimeout as wait } from "node:timers/promises";
import {
  type Clock,
  type MetricSnapshot,
  type MetricsBackend,
  MetricsError,
  type SnapshotSource,
} from "@giflab/metrics-core";
import { errorDetail, oneLine } from "./error-detail.ts";
import { CumulativeSource, deltaSource, type ExportedPoints, type PointSource } from "./exported-point.ts";
import { type HttpAnswer, HttpSender } from "./http-sender.ts";
import { MetricDataBuilder } from "./metric-data.ts";
import { type PartialSuccess, RequestEncoder } from "./otlp-encoding.ts";
import { type OtlpOptions, type OtlpSettings, resolveOtlpOptions } from "./otlp-options.ts";
import { packageVersion, type ResourceAttributes, resourceAttributes } from "./resource-attributes.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/** Seconds that `close()` waits for answers. */
const CLOSE_SECONDS = 1;

/** By specification only these are tried again. */
const RETRYABLE = new Set([429, 502, 503, 504]);

/** What is known of one instance. */
interface Writer {
  readonly resource: ResourceAttributes;
  readonly source: PointSource;
  /** The last sequence number that was accepted. */
  accepted: number;
  /** How far the snapshot got that is being sent, so that a second attempt goes on from there. */
  progress: Progress | undefined;
}

interface Progress {
  readonly sequence: number;
  readonly points: ExportedPoints;
  /** Points that were answered, whether they were taken or not. */
  answered: number;
  refused: number;
  why: string;
}

/** Points that a receiver will never take, and why. */
interface Refusal {
  readonly points: number;
  readonly why: string;
}

/**
 * Sends every snapshot to an OpenTelemetry collector or another OTLP/HTTP receiver. It cannot be read: what arrived is the
 * receiver's to show.
 *
 * A receiver that is down, slow or busy (429, 502, 503, 504) gets the snapshot again later, not before the time that its
 * `Retry-After` names; what it refuses in any other way, or takes only in part, is dropped and counted in
 * `giflab.monitoring.dropped` and `refusedPoints`. When an answer is lost, the same points come again with the same times.
 */
export class OtlpBackend implements MetricsBackend {
  readonly name = "otlp";
  readonly #settings: OtlpSettings;
  readonly #clock: Clock;
  readonly #builder: MetricDataBuilder;
  readonly #encoder: RequestEncoder;
  readonly #writers = new Map<string, Writer>();
  readonly #underWay = new Set<Promise<void>>();
  #sender: HttpSender | undefined;
  #collector: SnapshotSource | undefined;
  /** Monotonic seconds before which the receiver wants to hear nothing. */
  #quietUntil = Number.NEGATIVE_INFINITY;
  #closing: Promise<void> | undefined;
  #refusedPoints = 0;
  #warned = false;

  /** Throws `INVALID_OPTION`. Reads the environment, opens nothing: the first connection comes with the first snapshot. */
  constructor(options: OtlpOptions = {}) {
    this.#settings = resolveOtlpOptions(options);
    this.#clock = this.#settings.clock;
    this.#builder = new MetricDataBuilder(this.#settings);
    this.#encoder = new RequestEncoder(this.#settings.encoding);
  }

  /** Points that the receiver has refused so far, in requests that it refused or took in part. */
  get refusedPoints(): number {
    return this.#refusedPoints;
  }

  attach(collector: SnapshotSource): void {
    this.#collector = collector;
  }

  /**
   * Resolves when the receiver has taken the snapshot. Rejects with `BACKEND_UNAVAILABLE` when it should be tried again,
   * `REJECTED` when the receiver refused all of it, `CLOSED`.
   */
  async write(snapshot: MetricSnapshot): Promise<void> {
    if (this.#closing !== undefined) throw new MetricsError("CLOSED", "the OTLP backend is closed");
    const sending = this.#write(snapshot);
    this.#underWay.add(sending);
    try {
      await sending;
    } finally {
      this.#underWay.delete(sending);
    }
  }

  /** Resolves when everything that was given to `write` is answered or given up. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  /** Waits up to a second for answers, then ends what is under way. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const patience = new AbortController();
    const bound = wait(CLOSE_SECONDS * 1000, undefined, { signal: patience.signal }).catch(() => {});
    await Promise.race([this.flush(), bound]);
    patience.abort();
    await this.#sender?.close();
  }

  async #write(snapshot: MetricSnapshot): Promise<void> {
    const writer = this.#writerOf(snapshot);
    if (snapshot.sequence <= writer.accepted) return;
    const progress = this.#progressOf(writer, snapshot);
    const { points } = progress;
    const { pointsPerRequest } = this.#settings;
    const interval = { start: points.start, end: snapshot.end };
    while (progress.answered < points.length) {
      this.#keepQuiet();
      const part = points.slice(progress.answered, points.partEnd(progress.answered, pointsPerRequest));
      const body = this.#encoder.encode(writer.resource, this.#builder.build(part, interval));
      const refusal = await this.#send(body, part.length);
      progress.answered += part.length;
      if (refusal === undefined) continue;
      progress.refused += refusal.points;
      progress.why = refusal.why;
      this.#refusedPoints += refusal.points;
    }
    writer.progress = undefined;
    writer.accepted = snapshot.sequence;
    const { refused, why } = progress;
    if (refused === 0) return;
    if (refused >= points.length) throw new MetricsError("REJECTED", why);
    this.#collector?.dropped(refused, why);
  }

  /** Throws `BACKEND_UNAVAILABLE` before the time that the receiver has named. */
  #keepQuiet(): void {
    const seconds = Math.ceil(this.#quietUntil - this.#clock.monotonic());
    if (seconds <= 0) return;
    throw new MetricsError("BACKEND_UNAVAILABLE", `the OTLP receiver asked for ${seconds} more seconds of quiet`);
  }

  /** Resolves to what was refused for good; rejects when the same shall be sent again later. */
  async #send(body: Uint8Array, points: number): Promise<Refusal | undefined> {
    this.#sender ??= new HttpSender({ ...this.#settings, headers: { ...userAgent(), ...this.#settings.headers } });
    const answer = await this.#sender.post(body, this.#encoder.contentType);
    if (answer.status >= 200 && answer.status < 300) {
      return this.#partialRefusal(this.#encoder.partialSuccess(answer.body), points);
    }
    const said = refusalOf(this.#sender.shownEndpoint, answer);
    if (!RETRYABLE.has(answer.status)) return { points, why: said };
    const pause = retryAfterSeconds(answer.retryAfter, this.#clock.now());
    if (pause !== undefined) this.#quietUntil = this.#clock.monotonic() + pause;
    throw new MetricsError("BACKEND_UNAVAILABLE", said);
  }

  #partialRefusal(partial: PartialSuccess | undefined, points: number): Refusal | undefined {
    if (partial === undefined) return undefined;
    const from = this.#sender?.shownEndpoint;
    const message = oneLine(partial.message);
    if (partial.rejectedPoints > 0) {
      const why = `${from} refused points: ${message || "it gave no reason"}`;
      return { points: Math.min(points, partial.rejectedPoints), why };
    }
    if (!this.#warned) this.#settings.onWarning(`giflab otlp: ${from} warns: ${message} (said once)`);
    this.#warned = true;
    return undefined;
  }

  #writerOf({ instance }: MetricSnapshot): Writer {
    let writer = this.#writers.get(instance.writerId);
    if (writer === undefined) {
      const { temporality, resourceAttributes: given } = this.#settings;
      writer = {
        resource: resourceAttributes(instance, given),
        source: temporality === "delta" ? deltaSource : new CumulativeSource(),
        accepted: 0,
        progress: undefined,
      };
      this.#writers.set(instance.writerId, writer);
    }
    return writer;
  }

  #progressOf(writer: Writer, snapshot: MetricSnapshot): Progress {
    if (writer.progress?.sequence !== snapshot.sequence) {
      const points = writer.source.take(snapshot);
      writer.progress = { sequence: snapshot.sequence, points, answered: 0, refused: 0, why: "" };
    }
    return writer.progress as Progress;
  }
}

function userAgent(): Readonly<Record<string, string>> {
  return { "user-agent": `giflab-backend-otlp/${packageVersion()}` };
}

function refusalOf(endpoint: string, { status, contentType, body }: HttpAnswer): string {
  const detail = errorDetail(contentType, body);
  return `${endpoint} answered ${status}${detail === "" ? "" : ` (${detail})`}${ADVICE[status] ?? ""}`;
}

/** What to do about the answers that one meets. */
const ADVICE: Readonly<Record<number, string>> = {
  401: ": give it an Authorization header",
  403: ": check the credentials in its headers",
  404: ": is this the address of an OTLP/HTTP receiver for metrics, with its path?",
  413: ": lower pointsPerRequest",
  415: ": try the other encoding",
};
