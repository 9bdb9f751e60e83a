import { checkDefinition, MAX_NAME_LENGTH } from "./catalogue.ts";
import { type CellAllocator, heapCells } from "./cell-allocator.ts";
import type { Clock } from "./clock.ts";
import { CellCounter, type Counter } from "./counter.ts";
import { DistributionCells } from "./distribution-cells.ts";
import type { Sampling } from "./distribution-recorder.ts";
import { CellGauge, type Gauge } from "./gauge.ts";
import { CellHistogram, type Histogram } from "./histogram.ts";
import type {
  DerivedMetricDefinition,
  MetricCatalogue,
  MetricKind,
  NamedDefinition,
  RecordedMetricDefinition,
} from "./metric-definition.ts";
import { MetricsError } from "./metrics-error.ts";
import { errorText } from "./problem-log.ts";
import type { RecordedSeries } from "./recorded-series.ts";
import { ScalarCells } from "./scalar-cells.ts";
import type { SeriesAnnouncer } from "./series-announcer.ts";
import { SeriesTrie } from "./series-trie.ts";
import { canonicalTags, type TagInput, tagSetKey } from "./tag-set.ts";
import type { Tags } from "./tags.ts";
import type { ThreadContributions } from "./threads/thread-contributions.ts";
import { CellTimer, type Timer } from "./timer.ts";

/** The handle that each kind of metric hands out. */
export interface HandleOf {
  readonly counter: Counter;
  readonly gauge: Gauge;
  readonly histogram: Histogram;
  readonly timer: Timer;
}
type Handle = HandleOf[MetricKind];

/** The tag of the series that takes what is beyond the cap on series per metric. */
export const OVERFLOW_TAGS: Tags = Object.freeze({ "otel.metric.overflow": "true" });

/** Names that recording by name may make, so that names with an id in them cannot fill memory; registered ones always exist. */
const MAX_METRICS = 20_000;

interface Family {
  readonly name: string;
  definition: RecordedMetricDefinition;
  readonly handles: SeriesTrie<Handle>;
  /** Series of this metric, each counted once. */
  size: number;
  /** Steps in `handles` for other orders of the same tags; bounded, so that shuffled tags cannot fill memory. */
  aliases: number;
}

interface RegistryOptions {
  readonly clock: Clock;
  readonly sampling: Sampling;
  readonly maxSeriesPerMetric: number;
  /** Told once per cause and value that something could not be recorded as given. */
  readonly onProblem: (reason: string, detail: string) => void;
  readonly allocator?: CellAllocator | undefined;
  /** Who passes on what the cells mean, when another thread collects them. */
  readonly announcer?: SeriesAnnouncer | undefined;
}

/** All metrics and series of one collector: from names and tags to handles, and the list that collection walks over. */
export class SeriesRegistry {
  /** In order of creation; only ever appended to, so a position identifies a series. */
  readonly all: RecordedSeries[] = [];
  /** What worker threads add to these series, once there are any. */
  contributions: ThreadContributions | undefined;
  readonly #families = new Map<string, Family>();
  readonly #options: RegistryOptions;
  readonly #scalars: ScalarCells;
  readonly #distributions: DistributionCells;
  readonly #declared = new Map<string, RecordedMetricDefinition>();
  #derived: readonly NamedDefinition[] = [];
  /** Definitions that other threads have given, and whether they agree with those here. */
  readonly #accepted = new WeakMap<RecordedMetricDefinition, boolean>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#scalars = new ScalarCells(options.allocator ?? heapCells, this.#reject);
    this.#distributions = new DistributionCells(options.allocator ?? heapCells, (slab) =>
      this.#announce((announcer) => announcer.slab(slab)),
    );
  }

  get distributions(): DistributionCells {
    return this.#distributions;
  }

  get derived(): readonly NamedDefinition[] {
    return this.#derived;
  }

  /** To be called when the sampling rate has changed: the handles made so far follow. */
  restartSampling(): void {
    for (const series of this.all) if ("restartSampling" in series) series.restartSampling();
  }

  /** Declares metrics ahead of recording. Throws `INVALID_METRIC` or `METRIC_CONFLICT`, and then declares none of them. */
  define(catalogue: MetricCatalogue): void {
    for (const [name, definition] of Object.entries(catalogue)) {
      checkDefinition(name, definition);
      if (definition.kind === "derived") this.#checkDerived(name, definition);
      else this.#checkRecorded(name, definition);
    }
    for (const [name, definition] of Object.entries(catalogue)) {
      if (definition.kind === "derived") this.#defineDerived(name, definition);
      else this.#defineRecorded(name, definition);
    }
  }

  /** The handle of a series, made on first use. Throws `METRIC_CONFLICT` for a name of another kind or unit. */
  resolve<K extends MetricKind>(
    name: string,
    definition: RecordedMetricDefinition & { kind: K },
    tags: TagInput,
  ): HandleOf[K] {
    const bounded = typeof name === "string" ? this.#boundedName(name) : name;
    checkDefinition(bounded, definition);
    this.#checkRecorded(bounded, definition);
    this.#defineRecorded(bounded, definition);
    return this.#handle(this.#family(bounded, definition.kind), tags) as HandleOf[K];
  }

  /** The same for recording by name: the fast path, and `undefined` instead of an error. */
  find<K extends MetricKind>(name: string, kind: K, tags: TagInput): HandleOf[K] | undefined {
    const family = this.#families.get(name);
    if (family !== undefined && family.definition.kind === kind) {
      const handle = family.handles.find(tags);
      if (handle !== undefined) return handle as HandleOf[K];
      return this.#handle(family, tags) as HandleOf[K];
    }
    return this.#findSlowly(name, kind, tags);
  }

  /**
   * The series in which what another thread recorded under this name is counted; `undefined`, and a problem reported, when
   * it is another kind of metric here, or one too many. A definition is looked at when it is first seen, and not
   * again for each of a metric's thousands of series.
   */
  adopt(name: string, definition: RecordedMetricDefinition, tags: Tags): RecordedSeries | undefined {
    let accepted = this.#accepted.get(definition);
    if (accepted === undefined) {
      accepted = this.#accept(name, definition);
      this.#accepted.set(definition, accepted);
    }
    if (!accepted) return undefined;
    return this.#handle(this.#family(name, definition.kind), tags) as Handle as Handle & RecordedSeries;
  }

  #accept(name: string, definition: RecordedMetricDefinition): boolean {
    if (!this.#hasRoomFor(name)) return false;
    try {
      checkDefinition(name, definition);
      this.#checkRecorded(name, definition);
      this.#defineRecorded(name, definition);
      return true;
    } catch (error) {
      this.#options.onProblem("kind_conflict", `a worker thread: ${errorText(error)}`);
      return false;
    }
  }

  #findSlowly<K extends MetricKind>(name: string, kind: K, tags: TagInput): HandleOf[K] | undefined {
    if (typeof name !== "string" || name.length === 0) {
      this.#options.onProblem("invalid_name", `a metric name is text with 1 to ${MAX_NAME_LENGTH} characters`);
      return undefined;
    }
    const bounded = this.#boundedName(name);
    const known = this.#families.get(bounded)?.definition ?? this.#declared.get(bounded);
    if (known !== undefined && known.kind !== kind) {
      this.#options.onProblem("kind_conflict", `${bounded} is a ${known.kind}, it cannot be recorded as a ${kind}`);
      return undefined;
    }
    if (this.#derived.some((one) => one.name === bounded)) {
      this.#options.onProblem("kind_conflict", `${bounded} is derived, it cannot be recorded`);
      return undefined;
    }
    if (!this.#hasRoomFor(bounded)) return undefined;
    return this.#handle(this.#family(bounded, kind), tags) as HandleOf[K];
  }

  #hasRoomFor(name: string): boolean {
    if (this.#families.size < MAX_METRICS || this.#families.has(name) || this.#declared.has(name)) return true;
    this.#options.onProblem(
      "too_many_metrics",
      `${MAX_METRICS} metrics exist, others are dropped: what varies belongs into a tag, not into the name`,
    );
    return false;
  }

  #boundedName(name: string): string {
    if (name.length <= MAX_NAME_LENGTH) return name.isWellFormed() ? name : name.toWellFormed();
    this.#options.onProblem(
      "name_cut",
      `a metric name is longer than ${MAX_NAME_LENGTH} characters: ${name.slice(0, 60)}...`,
    );
    return name.slice(0, MAX_NAME_LENGTH).toWellFormed();
  }

  #family(name: string, kind: MetricKind): Family {
    let family = this.#families.get(name);
    if (family === undefined) {
      const definition = this.#declared.get(name) ?? { kind };
      family = { name, definition, handles: new SeriesTrie(), size: 0, aliases: 0 };
      this.#families.set(name, family);
    }
    return family;
  }

  #handle(family: Family, input: TagInput): Handle {
    const { tags, cut } = canonicalTags(input);
    if (cut) this.#options.onProblem("tag_cut", `tags of ${family.name} are cut to 16 tags, 64 and 256 characters`);
    const { maxSeriesPerMetric } = this.#options;
    let handle = family.handles.find(tags);
    if (handle === undefined) {
      if (family.size >= maxSeriesPerMetric && tagSetKey(tags) !== tagSetKey(OVERFLOW_TAGS)) {
        this.#options.onProblem(
          "series_overflow",
          `${family.name} has ${maxSeriesPerMetric} series; further tag values are counted together, tagged otel.metric.overflow=true`,
        );
        return this.#handle(family, OVERFLOW_TAGS);
      }
      handle = this.#create(family, tags);
      family.size++;
      family.handles.set(tags, handle);
    }
    if (!cut && family.aliases < 4 * maxSeriesPerMetric && isLasting(input)) {
      family.aliases += family.handles.set(input, handle);
    }
    return handle;
  }

  #create(family: Family, tags: Tags): Handle {
    const { name, definition } = family;
    const { kind } = definition;
    const descriptor = Object.freeze({ name, tags, definition });
    const reject = this.#reject;
    let handle: Handle & RecordedSeries;
    if (kind === "counter") handle = new CellCounter(this.#scalars.allocate(0), descriptor);
    else if (kind === "gauge") handle = new CellGauge(this.#scalars.allocate(Number.NaN), descriptor);
    else {
      const cell = this.#distributions.allocate();
      const { clock, sampling } = this.#options;
      handle =
        kind === "histogram"
          ? new CellHistogram(cell, this.#distributions, sampling, descriptor, reject)
          : new CellTimer(clock, cell, this.#distributions, sampling, descriptor, reject);
    }
    this.#announce((announcer) => announcer.series(handle));
    this.all.push(handle);
    return handle;
  }

  #announce(tell: (announcer: SeriesAnnouncer) => void): void {
    const { announcer, onProblem } = this.#options;
    if (announcer === undefined) return;
    try {
      tell(announcer);
    } catch (error) {
      onProblem("thread_memory", errorText(error));
    }
  }

  readonly #reject = (name: string, value: unknown): void => {
    // An object's own toString may do anything.
    const given = typeof value === "number" ? String(value) : typeof value;
    this.#options.onProblem("invalid_value", `${name} was given ${given}, it takes finite numbers`);
  };

  #checkRecorded(name: string, definition: RecordedMetricDefinition): void {
    const known = this.#families.get(name)?.definition ?? this.#declared.get(name);
    if (this.#derived.some((one) => one.name === name)) {
      throw new MetricsError("METRIC_CONFLICT", `${name} is already declared as a derived metric`);
    }
    if (known === undefined) return;
    for (const property of ["kind", "unit", "merge"] as const) {
      const [have, want] = [known[property], definition[property]];
      if (have !== want && have !== undefined && want !== undefined) {
        throw new MetricsError(
          "METRIC_CONFLICT",
          `${name} is already registered with ${property} ${have}, not ${want}`,
        );
      }
    }
  }

  /** Adds what a later registration knows (unit, description, range) to what is known; earlier words win. */
  #defineRecorded(name: string, definition: RecordedMetricDefinition): void {
    const family = this.#families.get(name);
    const known = family?.definition ?? this.#declared.get(name);
    const given = Object.fromEntries(Object.entries(definition).filter(([, value]) => value !== undefined));
    const merged = Object.freeze({ ...given, ...known } as RecordedMetricDefinition);
    if (known !== undefined && Object.keys(merged).length === Object.keys(known).length) return;
    this.#declared.set(name, merged);
    if (family === undefined) return;
    family.definition = merged;
    this.#announce((announcer) => announcer.definition(name, merged));
    for (const series of this.all) {
      if (series.descriptor.name !== name) continue;
      series.descriptor = Object.freeze({ ...series.descriptor, definition: merged });
    }
  }

  #checkDerived(name: string, definition: DerivedMetricDefinition): void {
    if (this.#families.has(name) || this.#declared.has(name)) {
      throw new MetricsError("METRIC_CONFLICT", `${name} is already a recorded metric, it cannot be derived too`);
    }
    const known = this.#derived.find((one) => one.name === name);
    if (known?.kind === "derived" && known.formula !== definition.formula) {
      throw new MetricsError("METRIC_CONFLICT", `${name} is already derived as ${known.formula}`);
    }
  }

  #defineDerived(name: string, definition: DerivedMetricDefinition): void {
    if (this.#derived.some((one) => one.name === name)) return;
    const named = Object.freeze({ ...definition, name });
    this.#derived = Object.freeze([...this.#derived, named]);
    this.#announce((announcer) => announcer.derived(named));
  }
}

/** Whether tags written like this mean the same for ever: objects may read differently the next time. */
function isLasting(tags: TagInput): boolean {
  return Object.values(tags).every(
    (value) => value === null || !["object", "function", "symbol"].includes(typeof value),
  );
}
