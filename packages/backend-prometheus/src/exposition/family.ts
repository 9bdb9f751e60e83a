import type { MetricKind, RecordedMetricDefinition } from "@giflab/metrics-core";
import { ClassicBuckets, defaultBounds, type ExposedUnit, exposedUnit } from "@giflab/metrics-core/exposition";
import type { ExpositionFormat } from "../exposition-format.ts";
import { canonicalNumber } from "./canonical-number.ts";
import { ExposedCounter, ExposedGauge, ExposedHistogram, type ExposedSeries } from "./exposed-series.ts";
import { escapeHelp } from "./label-text.ts";
import { metricInfoLine } from "./own-lines.ts";

/** How a family comes into being. */
interface FamilyOptions {
  /** As it was recorded, such as `cache.frame.hits`. */
  readonly metric: string;
  /** As it is exposed, such as `cache_frame_hits_total`. */
  readonly name: string;
  readonly definition: RecordedMetricDefinition;
  /** Chosen bounds of buckets, in the exposed unit. */
  readonly bounds: readonly number[] | undefined;
}

const TYPES = { counter: "counter", gauge: "gauge", histogram: "histogram", timer: "histogram" } as const;

/** All series of one metric, under one name, with what is said of them before the first. */
export class Family {
  readonly metric: string;
  readonly name: string;
  readonly kind: MetricKind;
  /** In order of first sight; only ever appended to. */
  readonly series: ExposedSeries[] = [];
  /** Upper bounds of histograms and timers in the exposed unit, without infinity. */
  readonly bounds: readonly number[];
  /** What follows `le="` in each line of a histogram, the infinite bound included. */
  readonly boundTexts: readonly string[];
  readonly #unit: ExposedUnit;
  readonly #byLabels = new Map<string, ExposedSeries>();
  /** Per factor between recorded and exposed unit; nearly always one. */
  readonly #buckets = new Map<number, ClassicBuckets>();
  #definition: RecordedMetricDefinition;
  readonly #headers = new Map<ExpositionFormat["kind"], string>();
  #infoLine: string | undefined;

  constructor({ metric, name, definition, bounds }: FamilyOptions) {
    this.metric = metric;
    this.name = name;
    this.kind = definition.kind;
    this.#definition = definition;
    this.#unit = exposedUnit({ name: metric, ...definition });
    const distribution = this.kind === "histogram" || this.kind === "timer";
    this.bounds = distribution ? (bounds ?? defaultBounds({ name: metric, ...definition })) : [];
    this.boundTexts = [...this.bounds.map((bound) => `${canonicalNumber(bound)}"} `), '+Inf"} '];
  }

  /** The newest that is known. */
  get definition(): RecordedMetricDefinition {
    return this.#definition;
  }

  /** Whether a definition of another process or time is of the same metric: kind and exposed unit agree. */
  accepts(definition: RecordedMetricDefinition): boolean {
    const unit = exposedUnit({ name: this.metric, ...definition });
    return definition.kind === this.kind && unit.suffix === this.#unit.suffix;
  }

  /** What recorded values are to be multiplied with. */
  factorOf(definition: RecordedMetricDefinition): number {
    return exposedUnit({ name: this.metric, ...definition }).factor;
  }

  /** Takes over words that a definition adds. */
  describe(definition: RecordedMetricDefinition): void {
    if (definition === this.#definition) return;
    this.#definition = { ...this.#definition, ...definition };
    this.#headers.clear();
    this.#infoLine = undefined;
  }

  /** Its line of `giflab_metric_info`. */
  get infoLine(): string {
    this.#infoLine ??= metricInfoLine(this);
    return this.#infoLine;
  }

  seriesOf(labels: string): ExposedSeries {
    let series = this.#byLabels.get(labels);
    if (series === undefined) {
      series = this.#make(labels);
      this.#byLabels.set(labels, series);
      this.series.push(series);
    }
    return series;
  }

  /** Sorts sketches of values that are to be multiplied with `factor` into the buckets of this family. */
  bucketsOf(factor: number): ClassicBuckets {
    let buckets = this.#buckets.get(factor);
    if (buckets === undefined) {
      buckets = new ClassicBuckets(this.bounds.map((bound) => bound / factor));
      this.#buckets.set(factor, buckets);
    }
    return buckets;
  }

  /** The lines `# TYPE`, `# UNIT` and `# HELP`. */
  header(format: ExpositionFormat["kind"]): string {
    let header = this.#headers.get(format);
    if (header === undefined) {
      header = this.#header(format);
      this.#headers.set(format, header);
    }
    return header;
  }

  #header(format: ExpositionFormat["kind"]): string {
    const { description } = this.#definition;
    // Every metric has a help text, and one without a description says at least what it is called in the program.
    const help = escapeHelp(description ?? `${this.kind} ${this.metric}`, format);
    const type = TYPES[this.kind];
    if (format === "text") return `# HELP ${this.name} ${help}\n# TYPE ${this.name} ${type}\n`;
    // In OpenMetrics a counter's family is called without the ending of its samples.
    const family = this.kind === "counter" ? this.name.slice(0, -"_total".length) : this.name;
    const { suffix } = this.#unit;
    // A unit must be the end of the name, which a metric that is called just `seconds` has not.
    const unit = family.endsWith(`_${suffix}`) && suffix !== "" ? `# UNIT ${family} ${suffix}\n` : "";
    return `# TYPE ${family} ${type}\n${unit}# HELP ${family} ${help}\n`;
  }

  #make(labels: string): ExposedSeries {
    if (this.kind === "counter") return new ExposedCounter(this.name, labels);
    if (this.kind === "gauge") return new ExposedGauge(this.name, labels);
    return new ExposedHistogram(this.name, labels, this.bounds.length);
  }
}
