import {
  ManualClock,
  type MetricPoint,
  type MetricSeries,
  type MetricSnapshot,
  type MetricSummary,
  type MetricsBackend,
  type MetricsReader,
  type MetricsStore,
  type PointsQuery,
  type SeriesQuery,
  type StateStore,
  type SummaryQuery,
} from "@giflab/metrics-core";
import { afterEach, beforeEach } from "vitest";
import { TEST_START } from "./test-instance.ts";

/** A backend with whichever of the reading interfaces it has. */
export type ContractBackend = MetricsBackend &
  Partial<Omit<MetricsReader, "close">> &
  Partial<Omit<MetricsStore, keyof MetricsReader>> &
  Partial<StateStore>;

/** One fresh, empty backend and how to get rid of it. */
export interface OpenedBackend {
  readonly backend: ContractBackend;
  /** Closes nothing: opens the same stored data a second time, as after a restart. Leave it out if data does not outlive the object. */
  readonly reopen?: () => Promise<ContractBackend>;
  /** Closes what is still open and deletes what is stored. Called after every test, also when `close` was called before. */
  readonly dispose: () => Promise<void>;
}

/** Makes a fresh backend; one that looks at the time (retention, leases) takes `clock`, which stands near the tests' data. */
export type CreateBackend = (options: { readonly clock: ManualClock }) => Promise<OpenedBackend>;

/** The backend of the running test: made before each test, disposed of after it. */
export class BackendUnderTest {
  readonly #create: CreateBackend;
  #clock = new ManualClock(TEST_START);
  #opened: OpenedBackend | undefined;

  /** Registers the hooks, so call it inside a `describe`. */
  constructor(create: CreateBackend) {
    this.#create = create;
    beforeEach(async () => {
      this.#clock = new ManualClock(TEST_START);
      this.#opened = await create({ clock: this.#clock });
    });
    afterEach(async () => {
      await this.#opened?.dispose();
      this.#opened = undefined;
    });
  }

  get backend(): ContractBackend {
    if (this.#opened === undefined) throw new Error("the backend exists only while a test runs");
    return this.#opened.backend;
  }

  /** As `backend`, known to read. */
  get reader(): MetricsReader {
    return this.backend as MetricsBackend & MetricsReader;
  }

  /** As `backend`, known to delete. */
  get store(): MetricsStore {
    return this.backend as MetricsBackend & MetricsStore;
  }

  /** As `backend`, known to keep state. */
  get state(): StateStore {
    return this.backend as MetricsBackend & StateStore;
  }

  get reopen(): (() => Promise<ContractBackend>) | undefined {
    return this.#opened?.reopen;
  }

  /** A second, independent backend of the same make; the caller disposes of it. */
  another(): Promise<OpenedBackend> {
    return this.#create({ clock: this.#clock });
  }

  /** Writes one after the other, moving the clock along, as a collector's queue does. */
  async write(...snapshots: readonly (MetricSnapshot | readonly MetricSnapshot[])[]): Promise<void> {
    for (const snapshot of snapshots.flat() as MetricSnapshot[]) {
      this.#clock.advance(Math.max(0, snapshot.end - this.#clock.now()));
      await this.backend.write(snapshot);
    }
  }

  summaries(query: SummaryQuery): Promise<readonly MetricSummary[]> {
    return this.reader.summaries(query);
  }

  /** The one summary a query is expected to give. */
  async summary(query: SummaryQuery): Promise<MetricSummary> {
    return theOnly(await this.reader.summaries(query), "summary", query);
  }

  /** The one series a query is expected to give. */
  async series(query: SeriesQuery): Promise<MetricSeries> {
    return theOnly(await this.reader.series(query), "series", query);
  }

  async points(query: PointsQuery = {}): Promise<MetricPoint[]> {
    const points: MetricPoint[] = [];
    for await (const point of this.reader.points(query)) points.push(point);
    return points;
  }
}

function theOnly<T extends { readonly name: string }>(found: readonly T[], what: string, query: unknown): T {
  const [first] = found;
  if (first === undefined || found.length > 1) {
    const names = found.map((entry) => JSON.stringify(entry)).join(", ");
    throw new Error(`expected one ${what} for ${JSON.stringify(query)}, got ${found.length}: ${names}`);
  }
  return first;
}
