import {
  type InstanceIdentity,
  type MetricPoint,
  MetricsError,
  type PointsQuery,
  pointMatcher,
  type SketchData,
} from "@giflab/metrics-core";
import type { ViewSource } from "./read-steps.ts";
import { type RowConsumer, RowPages, type StoredRow } from "./row-pages.ts";
import { SealedPoints } from "./sealed-points.ts";
import { SequenceRanges } from "./sequence-ranges.ts";
import type { StoredSeries } from "./series-table.ts";
import { decodePoints, type PointSink } from "./snapshot-codec.ts";
import type { StoreView } from "./store-reader.ts";
import { storedWriter } from "./stored-writer.ts";

/** A page is full with this many points; a single row may hold more. */
const POINTS_PER_PAGE = 1000;
/** A page ends after about this, so that the event loop gets its turns and the log is not held back. */
const PAGE_MS = 8;

/**
 * Every stored point of a window in time order, page by page: memory stays the same however many there are, and nothing is
 * held open while the caller is busy with a point. What is written meanwhile comes once or not at all, what is sealed or rolled
 * up meanwhile comes once.
 */
export async function* streamPoints(source: ViewSource, query: PointsQuery): AsyncGenerator<MetricPoint> {
  const { from = -Number.MAX_VALUE, to = Number.MAX_VALUE } = query;
  if (!(from <= to)) {
    throw new MetricsError(
      "INVALID_QUERY",
      `a window runs from an earlier to a later epoch second, got ${from} to ${to}`,
    );
  }
  const rows = new PointRows(query);
  const pages = new RowPages(Math.max(from, -Number.MAX_VALUE), Math.min(to, Number.MAX_VALUE), "rising", "all");
  while (!pages.done) {
    await source.read((view) => {
      rows.begin(view);
      pages.next(view, rows, PAGE_MS, (last, next) => rows.mayEnd(last, next));
    });
    yield* rows.take();
  }
}

/** Blocks kept unpacked: those of several writers may lie side by side. */
const BLOCKS = 3;
/** Rows of blocks on a page; each is many points, and few numbers as long as its block is not unpacked. */
const SEALED_ROWS_PER_PAGE = 500;
/**
 * What is rolled up between two pages becomes one row, of which no part can be told apart: so a page ends with an hour, and only
 * where it would hold too many blocks or points for that, with a minute or anywhere. Rows that are not sealed end with a
 * minute: until they could become an hour is a long time.
 */
const HOUR_SECONDS = 3600;
const MINUTE_SECONDS = 60;
const MOST_POINTS_PER_PAGE = 50_000;

type SeriesMatcher = (series: StoredSeries, instance: InstanceIdentity) => boolean;
type PointBase = Omit<MetricPoint, "kind" | "value"> & { readonly instance: InstanceIdentity };

/** A row of which the points come later. */
interface SealedRow {
  readonly row: StoredRow;
  readonly instance: InstanceIdentity;
  readonly block: SealedPoints;
}

class PointRows implements RowConsumer, PointSink {
  readonly #wanted: SeriesMatcher;
  readonly #wantedOfAny: (series: StoredSeries) => boolean;
  readonly #taken = new SequenceRanges();
  readonly #instances = new Map<number, InstanceIdentity | undefined>();
  readonly #blocks = new Map<number, SealedPoints | undefined>();
  #gathered: (MetricPoint | SealedRow)[] = [];
  #sealedRows = 0;
  #newBlocks = 0;
  #view: StoreView | undefined;
  #instance: InstanceIdentity | undefined;
  #row: StoredRow | undefined;

  constructor({ service, instance, ...query }: PointsQuery) {
    const wanted = pointMatcher(query);
    this.#wantedOfAny = ({ name, tags, definition }) => wanted(name, tags, definition, NOBODY);
    this.#wanted = (series, { service: ofService, writerId }) =>
      (service === undefined || ofService === service) &&
      (instance === undefined || writerId === instance) &&
      this.#wantedOfAny(series);
  }

  /** The points gathered since the last call. */
  async *take(): AsyncGenerator<MetricPoint> {
    const gathered = this.#gathered;
    this.#gathered = [];
    this.#sealedRows = 0;
    this.#newBlocks = 0;
    for (const one of gathered) {
      if (!("block" in one)) yield one;
      else {
        for (const [series, value] of await one.block.of(one.row.writer, one.row.first_seq)) {
          if (this.#wanted(series, one.instance))
            yield { ...baseOf(series, one.row, one.instance), ...value } as MetricPoint;
        }
      }
    }
  }

  /** A page begins. */
  begin(view: StoreView): void {
    if (this.#view?.connection !== view.connection) {
      this.#instances.clear();
      this.#blocks.clear();
    }
    this.#view = view;
  }

  row(row: StoredRow): boolean {
    this.#row = row;
    this.#instance = this.#identityOf(row.writer);
    if (this.#instance === undefined || (row.data === null && row.block === null)) return false;
    if (this.#taken.take(row.writer, row.first_seq, row.seq) !== "new") return false;
    if (row.data !== null) decodePoints(row.data, this);
    else {
      const known = this.#blocks.has(row.block!);
      const block = this.#block(row.block!);
      if (block !== undefined) this.#gathered.push({ row, instance: this.#instance, block });
      if (!known) this.#newBlocks++;
      // A page holds one new block, unless an hour lies in several.
      if (!known || ++this.#sealedRows >= SEALED_ROWS_PER_PAGE) return true;
    }
    return this.#gathered.length >= POINTS_PER_PAGE;
  }

  /** Whether a page that is full may end between two rows. */
  mayEnd(last: StoredRow, next: StoredRow): boolean {
    if (this.#gathered.length >= MOST_POINTS_PER_PAGE) return true;
    const seconds = last.block === null || this.#newBlocks > BLOCKS ? MINUTE_SECONDS : HOUR_SECONDS;
    return Math.ceil(last.timestamp / seconds) !== Math.ceil(next.timestamp / seconds);
  }

  counter(id: number, value: number): void {
    const series = this.#wantedSeries(id);
    if (series !== undefined) this.#gathered.push({ ...this.#base(series), kind: "counter", value });
  }

  gauge(id: number, value: number): void {
    const series = this.#wantedSeries(id);
    if (series !== undefined) this.#gathered.push({ ...this.#base(series), kind: "gauge", value });
  }

  wantsSketch(id: number): boolean {
    return this.#wantedSeries(id) !== undefined;
  }

  sketch(id: number, { layout, indexes, counts, ...numbers }: SketchData): void {
    const series = this.#wantedSeries(id);
    if (series === undefined) return;
    const kind = series.definition.kind === "timer" ? "timer" : "histogram";
    const buckets = { layout, indexes: Array.from(indexes), counts: Array.from(counts) };
    this.#gathered.push({ ...this.#base(series), kind, ...numbers, buckets });
  }

  #base(series: StoredSeries): PointBase {
    return baseOf(series, this.#row!, this.#instance!);
  }

  #wantedSeries(id: number): StoredSeries | undefined {
    const series = this.#view!.series.get(id);
    return series !== undefined && this.#wanted(series, this.#instance!) ? series : undefined;
  }

  #block(id: number): SealedPoints | undefined {
    if (this.#blocks.has(id)) return this.#blocks.get(id);
    const read = SealedPoints.read(this.#view!, id, this.#wantedOfAny);
    this.#blocks.set(id, read);
    for (const old of this.#blocks.keys()) if (this.#blocks.size > BLOCKS) this.#blocks.delete(old);
    return read;
  }

  #identityOf(writer: number): InstanceIdentity | undefined {
    if (!this.#instances.has(writer)) {
      this.#instances.set(writer, storedWriter(this.#view!.connection, writer)?.identity);
    }
    return this.#instances.get(writer);
  }
}

/** For a query that does not ask which instance it is. */
const NOBODY: InstanceIdentity = { service: "", version: "", host: "", pid: 0, thread: 0, startTime: 0, writerId: "" };

function baseOf({ name, tags, definition }: StoredSeries, row: StoredRow, instance: InstanceIdentity): PointBase {
  const { timestamp, start, resolution } = row;
  const resolutionSeconds = resolution > 0 ? resolution : timestamp - start;
  return { name, unit: definition.unit, tags, instance, timestamp, resolutionSeconds };
}
