import type {
  InstanceIdentity,
  MetricSnapshot,
  NamedDefinition,
  SeriesDescriptor,
  SnapshotPoint,
} from "@giflab/metrics-core";

/** Epoch seconds at which made-up instances begin unless told otherwise: 2023-11-14 22:13:20 UTC. */
export const TEST_START = 1_700_000_000;

let made = 0;

/** A made-up process identity; every call gives another `writerId`. */
export function identityOf(overrides: Partial<InstanceIdentity> = {}): InstanceIdentity {
  made++;
  return {
    service: "test-service",
    version: "1.0.0",
    host: "test-host",
    pid: 1000 + made,
    thread: 0,
    startTime: TEST_START,
    writerId: made.toString(16).padStart(16, "0"),
    ...overrides,
  };
}

/**
 * A snapshot from the fields that matter to a test. Defaults: a new instance, sequence 1, the ten seconds after
 * `TEST_START`, a flush interval of 10 s, not final, no points, no derived metrics.
 *
 * `snapshotOf({ points: [counterPoint("hits", 3)] })` says that three hits happened in `(TEST_START, TEST_START + 10]`.
 */
export function snapshotOf(fields: Partial<MetricSnapshot> = {}): MetricSnapshot {
  const end = fields.end ?? (fields.start ?? TEST_START) + 10;
  return {
    instance: identityOf(),
    sequence: 1,
    start: end - 10,
    end,
    flushIntervalSeconds: 10,
    final: false,
    points: [],
    derived: [],
    ...fields,
  };
}

/** What a `TestInstance` is made from. */
export interface TestInstanceOptions extends Partial<InstanceIdentity> {
  /** Epoch seconds at which the first snapshot starts; default `TEST_START`. */
  readonly start?: number;
  readonly flushIntervalSeconds?: number;
  readonly derived?: readonly NamedDefinition[];
}

/** One flush of a `TestInstance`. */
export interface Flush {
  /** Seconds it covers; default the flush interval. */
  readonly seconds?: number;
  readonly final?: boolean;
}

/**
 * A made-up process that flushes snapshot after snapshot, with rising sequence numbers and adjoining intervals, and with
 * the same series objects every time, as a real one does.
 *
 * ```ts
 * const api = new TestInstance({ service: "api" });
 * await backend.write(api.flush([counterPoint("hits", 3)]));   // sequence 1, (TEST_START, TEST_START + 10]
 * await backend.write(api.flush([], { final: true }));         // sequence 2, (TEST_START + 10, TEST_START + 20]
 * ```
 */
export class TestInstance {
  readonly identity: InstanceIdentity;
  readonly flushIntervalSeconds: number;
  readonly #derived: readonly NamedDefinition[];
  readonly #series = new Map<string, SeriesDescriptor>();
  #sequence = 0;
  #end: number;

  constructor(options: TestInstanceOptions = {}) {
    const { start = TEST_START, flushIntervalSeconds = 10, derived = [], ...identity } = options;
    this.identity = identityOf({ startTime: start, ...identity });
    this.flushIntervalSeconds = flushIntervalSeconds;
    this.#derived = derived;
    this.#end = start;
  }

  /** Epoch seconds at which the latest snapshot ended. */
  get end(): number {
    return this.#end;
  }

  /** The next snapshot, which covers the seconds after the previous one. */
  flush(points: readonly SnapshotPoint[] = [], options: Flush = {}): MetricSnapshot {
    const start = this.#end;
    this.#end = start + (options.seconds ?? this.flushIntervalSeconds);
    this.#sequence++;
    return {
      instance: this.identity,
      sequence: this.#sequence,
      start,
      end: this.#end,
      flushIntervalSeconds: this.flushIntervalSeconds,
      final: options.final ?? false,
      points: points.map((point) => ({ ...point, series: this.#same(point.series) })),
      derived: this.#derived,
    };
  }

  /** `count` snapshots in a row; `points` is given the position, from 0. */
  flushes(count: number, points: (position: number) => readonly SnapshotPoint[] = () => []): MetricSnapshot[] {
    return Array.from({ length: count }, (_, position) => this.flush(points(position)));
  }

  /** Lets time pass without a snapshot, as a process does that hangs or whose clock was stepped (negative seconds). */
  skip(seconds: number): void {
    this.#end += seconds;
  }

  #same(series: SeriesDescriptor): SeriesDescriptor {
    const key = JSON.stringify([series.name, Object.entries(series.tags), series.definition]);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    this.#series.set(key, series);
    return series;
  }
}
