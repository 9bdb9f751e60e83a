import { readFile, stat } from "node:fs/promises";
import {
  type Aggregation,
  type DistributionMetricPoint,
  type InstanceIdentity,
  type MetricSummary,
  type NamedDefinition,
  type RecordedMetricDefinition,
  type ScalarMetricPoint,
  SummaryAggregation,
} from "@giflab/metrics-core";
import { SummaryIndex } from "./summary-index.ts";

/** What `giflab metrics export --format json` writes, as far as it is read here. */
interface SavedExport {
  readonly schemaVersion: number;
  readonly metrics: readonly SavedPoint[];
  readonly instances: readonly InstanceIdentity[];
  /** Of its metrics; none in an export of a version before they were written. */
  readonly definitions?: readonly NamedDefinition[];
}

/** A point of an export: its instance is the `writerId` of an entry of `instances`. */
type SavedPoint = Saved<ScalarMetricPoint> | Saved<DistributionMetricPoint>;
type Saved<Point> = Omit<Point, "instance"> & { readonly instance: string };

/** A file that was read, as long as it is the same. */
interface Remembered {
  readonly version: string;
  readonly saved: SavedExport | undefined;
  readonly problem: string | undefined;
}

export interface SavedPast {
  readonly index: SummaryIndex;
  /** Why the file cannot be used: for the report. */
  readonly problem?: string;
}

/** Reads baselines that `metrics export` saved; each file again only when it has changed. */
export class SavedBaselines {
  readonly #files = new Map<string, Remembered>();

  /**
   * The whole file as one window. `current` says what an older export does not hold: formulas of derived metrics, and how
   * gauges of several processes merge. Never rejects: what is wrong with the file is its `problem`.
   */
  async read(path: string, current: readonly MetricSummary[]): Promise<SavedPast> {
    const { saved, problem } = await this.#load(path);
    if (saved === undefined) return { index: new SummaryIndex([]), problem: problem! };
    try {
      return { index: new SummaryIndex(summarise(saved, current)) };
    } catch (error) {
      return { index: new SummaryIndex([]), problem: notUsable(path, error) };
    }
  }

  async #load(path: string): Promise<Remembered> {
    try {
      const { mtimeMs, size } = await stat(path);
      const version = `${mtimeMs} ${size}`;
      const known = this.#files.get(path);
      if (known?.version === version) return known;
      const fresh = { version, ...parse(path, await readFile(path, "utf8")) };
      this.#files.set(path, fresh);
      return fresh;
    } catch (error) {
      return { version: "", saved: undefined, problem: notUsable(path, error) };
    }
  }
}

function parse(path: string, text: string): Pick<Remembered, "saved" | "problem"> {
  try {
    const value = JSON.parse(text) as Partial<SavedExport> | null;
    const whole = Array.isArray(value?.metrics) && Array.isArray(value.instances);
    if (whole && value.schemaVersion === 1) return { saved: value as SavedExport, problem: undefined };
    const why = whole ? `its schemaVersion is ${value?.schemaVersion}, not 1` : "it has no metrics and instances";
    return { saved: undefined, problem: notUsable(path, new Error(why)) };
  } catch (error) {
    return { saved: undefined, problem: notUsable(path, error) };
  }
}

function notUsable(path: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `the baseline ${path} cannot be used: ${why}. Write one with giflab metrics export -o FILE`;
}

function summarise(saved: SavedExport, current: readonly MetricSummary[]): readonly MetricSummary[] {
  const { metrics, instances, definitions = [] } = saved;
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { timestamp, resolutionSeconds } of metrics) {
    from = Math.min(from, timestamp - resolutionSeconds);
    to = Math.max(to, timestamp);
  }
  if (metrics.length === 0) return [];
  const derived = new Map([...derivedOf(current), ...definitions].map((one) => [one.name, one]));
  const aggregation = new SummaryAggregation({ from, to }, [...derived.values()]);
  const merges = new Map(current.map((one) => [one.name, one.merge]));
  for (const one of definitions) if (one.kind === "gauge") merges.set(one.name, one.merge);
  const numbers = new Map<string, number>();
  for (const identity of instances) {
    const state = { identity, flushIntervalSeconds: 10, lastEnd: to, closedAt: undefined };
    numbers.set(identity.writerId, aggregation.instance(state));
  }
  for (const point of metrics) {
    const instance = numbers.get(point.instance);
    if (instance === undefined) throw new Error(`a point is of the unknown instance ${point.instance}`);
    aggregation.cover(instance, point.timestamp - point.resolutionSeconds, point.timestamp);
    feed(aggregation, instance, point, merges.get(point.name));
  }
  return aggregation.finish();
}

function feed(aggregation: Aggregation, instance: number, point: SavedPoint, merge: MetricSummary["merge"]): void {
  const { name, kind, tags, timestamp, unit } = point;
  const definition: RecordedMetricDefinition = {
    kind,
    ...(unit === undefined ? {} : { unit }),
    ...(merge === undefined ? {} : { merge }),
  };
  const series = aggregation.series(name, tags, definition);
  if ("value" in point) {
    if (point.kind === "counter") aggregation.counter(series, instance, timestamp, point.value);
    else aggregation.gauge(series, instance, timestamp, point.value);
  } else {
    const { count, sum, min, max, last, buckets } = point;
    aggregation.sketch(series, instance, timestamp, { count, sum, min, max, last, ...buckets });
  }
}

/** The derived metrics that exist now, grouped as they are now. */
function derivedOf(current: readonly MetricSummary[]): readonly NamedDefinition[] {
  const definitions = new Map<string, NamedDefinition>();
  for (const { name, formula, tags } of current) {
    if (formula === undefined || definitions.has(name)) continue;
    definitions.set(name, { name, kind: "derived", formula, groupBy: Object.keys(tags) });
  }
  return [...definitions.values()];
}
