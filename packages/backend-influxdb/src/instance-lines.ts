import {
  type MetricSnapshot,
  type NamedDefinition,
  RESTATE_SECONDS,
  type SeriesDescriptor,
  type SnapshotPoint,
  type Tags,
} from "@giflab/metrics-core";
import { METRIC_INFO, metricInfoLabels } from "@giflab/metrics-core/exposition";
import type { BucketChoice } from "./bucket-choice.ts";
import { DerivedInputs } from "./derived-inputs.ts";
import type { LineGroup } from "./line-batches.ts";
import { LineTimestamps } from "./line-timestamps.ts";
import { type BucketFields, pointLines, type SeriesState } from "./point-lines.ts";
import { seriesHead, type WriterTags, writerTags } from "./series-head.ts";

/** The measurement with a line for every snapshot, empty ones too: who lives, and what time is covered. */
const INSTANCE = "giflab.instance";

export interface LineOptions {
  readonly tags: Tags;
  /** Instead of the writer id. */
  readonly instance: string | undefined;
  readonly buckets: BucketChoice;
  readonly bucketFields: BucketFields;
}

/** Writes the snapshots of one instance as lines. Keeps the text of each series, which is the same in every flush. */
export class InstanceLines {
  readonly #options: LineOptions;
  readonly #writer: WriterTags;
  readonly #service: WriterTags;
  readonly #derived: DerivedInputs;
  readonly #timestamps = new LineTimestamps();
  readonly #byDescriptor = new WeakMap<SeriesDescriptor, SeriesState>();
  /** By the text of the series: another descriptor of the same series goes on with its total. */
  readonly #byText = new Map<string, SeriesState>();
  /** Epoch seconds at which metrics were described last. */
  readonly #describedAt = new Map<string, number>();

  constructor(instance: MetricSnapshot["instance"], options: LineOptions) {
    this.#options = options;
    this.#writer = writerTags(instance, options.instance ?? instance.writerId, options.tags);
    this.#derived = new DerivedInputs(this.#writer);
    this.#service = writerTags({ ...instance, host: "" }, "", options.tags);
  }

  /** To be called once per snapshot, in order. The groups are made while they are asked for. */
  *of(snapshot: MetricSnapshot): Generator<LineGroup> {
    const timestamp = this.#timestamps.next(snapshot.end, snapshot.sequence);
    yield { text: this.#instanceLine(snapshot, timestamp), lines: 1, points: 0 };
    for (const definition of snapshot.derived) {
      if (this.#isNews(definition.name, snapshot.end)) yield this.#description(definition, timestamp);
    }
    for (const point of snapshot.points) {
      const { name, definition } = point.series;
      if (this.#isNews(name, snapshot.end)) yield this.#description({ ...definition, name }, timestamp);
      yield pointLines(point, this.#stateOf(point), timestamp, this.#options.bucketFields);
    }
    for (const text of this.#derived.lines(snapshot, timestamp)) yield { text, lines: 1, points: 0 };
  }

  #instanceLine(snapshot: MetricSnapshot, timestamp: string): string {
    const { version, pid, thread, startTime } = snapshot.instance;
    const tags = { pid: String(pid), thread: String(thread), ...(version === "" ? {} : { version }) };
    const { plain } = seriesHead(INSTANCE, tags, this.#writer);
    const seconds = snapshot.end - snapshot.start;
    const interval = snapshot.flushIntervalSeconds;
    return `${plain} up=${snapshot.final ? 0 : 1},seconds=${seconds},flush_interval_seconds=${interval},start_time=${startTime} ${timestamp}`;
  }

  /** Whether a metric was not described for a while; it is taken to be described now. */
  #isNews(name: string, now: number): boolean {
    const before = this.#describedAt.get(name);
    if (before !== undefined && Math.abs(now - before) < RESTATE_SECONDS) return false;
    this.#describedAt.set(name, now);
    return true;
  }

  /** A line that says what a metric means. One series per metric and service. */
  #description(definition: NamedDefinition, timestamp: string): LineGroup {
    const labels = Object.entries(metricInfoLabels(definition, definition.name)).map(([key, value]) => [
      key,
      // Words lose nothing by it, and a newline cannot be written.
      key === "description" ? value.replace(/\p{Cc}/gu, " ") : value,
    ]);
    const { plain } = seriesHead(METRIC_INFO, Object.fromEntries(labels), this.#service);
    return { text: `${plain} value=1 ${timestamp}`, lines: 1, points: 0 };
  }

  #stateOf({ series, kind }: SnapshotPoint): SeriesState {
    let state = this.#byDescriptor.get(series);
    if (state !== undefined) return state;
    const head = seriesHead(series.name, series.tags, this.#writer);
    state = this.#byText.get(head.plain);
    if (state === undefined) {
      const isDistribution = kind === "histogram" || kind === "timer";
      state = { head, total: 0, buckets: isDistribution ? this.#options.buckets.of(series) : undefined };
      this.#byText.set(head.plain, state);
    }
    this.#byDescriptor.set(series, state);
    return state;
  }
}
