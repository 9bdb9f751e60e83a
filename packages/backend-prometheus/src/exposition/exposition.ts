import type {
  InstanceIdentity,
  MetricSnapshot,
  NamedDefinition,
  RecordedMetricDefinition,
  SeriesDescriptor,
} from "@giflab/metrics-core";
import { PrometheusNames } from "@giflab/metrics-core/exposition";
import type { PrometheusSettings } from "../prometheus-options.ts";
import { ExposedCounter, ExposedGauge, type ExposedSeries } from "./exposed-series.ts";
import { Family } from "./family.ts";
import { InstanceState } from "./instance-state.ts";
import { labelText } from "./label-text.ts";
import { OWN_NAMES } from "./own-lines.ts";

/** Where a recorded series is exposed. */
export interface ExposedPlace {
  readonly family: Family;
  readonly series: ExposedSeries;
  /** Recorded values times this are in the exposed unit. */
  readonly factor: number;
}

type ExpositionSettings = Pick<PrometheusSettings, "prefix" | "boundsOf" | "clock" | "onWarning">;

/**
 * Everything that is exposed, as totals since the processes began: snapshots of any number of processes go in, families
 * and their series come out. Counters and buckets of all processes are one sum, so that they never go down when a
 * process ends; gauges are kept by process.
 */
export class Exposition {
  /** In order of first sight; only ever appended to. */
  readonly families: Family[] = [];
  readonly #settings: ExpositionSettings;
  readonly #names = new PrometheusNames();
  readonly #byMetric = new Map<string, Family>();
  readonly #places = new WeakMap<SeriesDescriptor, ExposedPlace | "refused">();
  /** What stood at each position of the last snapshots: the next one mostly has the same there. */
  readonly #seen: SeriesDescriptor[] = [];
  readonly #seenPlaces: (ExposedPlace | undefined)[] = [];
  /** Of this process, by writer: also ended ones, as their last snapshot may come once more. */
  readonly #own = new Map<string, InstanceState>();
  readonly #instances = new Set<InstanceState>();
  readonly #derived = new Map<string, NamedDefinition>();
  #lastDerived: readonly NamedDefinition[] | undefined;
  readonly #refused = new Set<string>();

  constructor(settings: ExpositionSettings) {
    this.#settings = settings;
    for (const name of OWN_NAMES) this.#names.reserve(name);
  }

  /** Formulas that readers evaluate; they are no samples. */
  get derived(): Iterable<NamedDefinition> {
    return this.#derived.values();
  }

  /** Metrics that are not exposed, because another one has their name. */
  get refused(): number {
    return this.#refused.size;
  }

  /** Processes that have not ended. */
  get instances(): Iterable<InstanceState> {
    return this.#instances;
  }

  /** Takes in a snapshot of this process; one that was taken in before is ignored. About 30 ns a counter. */
  fold(snapshot: MetricSnapshot): void {
    const instance = this.instanceOf(snapshot.instance);
    if (snapshot.sequence <= instance.sequence) return;
    instance.sequence = snapshot.sequence;
    instance.flushIntervalSeconds = snapshot.flushIntervalSeconds;
    this.heardOf(instance);
    this.derive(snapshot.derived);
    const { points } = snapshot;
    for (let position = 0; position < points.length; position++) {
      const point = points[position]!;
      const place = this.#placeAt(position, point.series);
      if (place === undefined) continue;
      const { series, factor } = place;
      if (series instanceof ExposedCounter) {
        if (point.kind === "counter") series.value += point.delta * factor;
      } else if (series instanceof ExposedGauge) {
        if (point.kind === "gauge") series.values.set(instance, point.value * factor);
      } else if ("sketch" in point) {
        place.family.bucketsOf(factor).addTo(series.counts, point.sketch);
        series.count += point.sketch.count;
        series.sum += point.sketch.sum * factor;
      }
    }
    if (snapshot.final) this.end(instance);
  }

  instanceOf(identity: InstanceIdentity): InstanceState {
    let instance = this.#own.get(identity.writerId);
    if (instance === undefined) {
      instance = new InstanceState(identity);
      this.#own.set(identity.writerId, instance);
      this.#instances.add(instance);
    }
    return instance;
  }

  /** Takes on another process of the cluster. */
  join(instance: InstanceState): void {
    this.#instances.add(instance);
  }

  heardOf(instance: InstanceState): void {
    instance.heardAt = this.#settings.clock.monotonic();
  }

  /** Lets a process's gauges go. What it has counted stays. */
  end(instance: InstanceState): void {
    instance.ended = true;
    this.#instances.delete(instance);
    for (const { kind, series } of this.families) {
      if (kind === "gauge") for (const one of series) (one as ExposedGauge).values.forget(instance);
    }
  }

  derive(definitions: readonly NamedDefinition[]): void {
    if (definitions === this.#lastDerived) return;
    this.#lastDerived = definitions;
    for (const definition of definitions) this.#derived.set(definition.name, definition);
  }

  #placeAt(position: number, descriptor: SeriesDescriptor): ExposedPlace | undefined {
    if (this.#seen[position] === descriptor) return this.#seenPlaces[position];
    const place = this.placeOf(descriptor);
    this.#seen[position] = descriptor;
    this.#seenPlaces[position] = place;
    return place;
  }

  /** Where a series is exposed, made on first sight; `undefined` when its metric is refused. */
  placeOf(descriptor: SeriesDescriptor): ExposedPlace | undefined {
    let place = this.#places.get(descriptor);
    if (place === undefined) {
      place = this.#newPlace(descriptor);
      this.#places.set(descriptor, place);
    }
    return place === "refused" ? undefined : place;
  }

  /** The metric with its exposed name, made on first sight; `undefined` for one that is refused, which is said once. */
  familyOf(metric: string, definition: RecordedMetricDefinition): Family | undefined {
    const known = this.#byMetric.get(metric);
    if (known?.accepts(definition)) return known;
    if (known !== undefined) {
      return this.#refuse(
        metric,
        `${metric} is not exposed as a ${definition.kind} (${definition.unit ?? "no unit"}) too, as it is a ${known.kind} (${known.definition.unit ?? "no unit"}) already`,
      );
    }
    const exposed = { ...definition, name: `${this.#settings.prefix}${metric}` };
    const name = this.#names.nameOf(exposed);
    if (name === undefined) {
      const owner = this.#names.ownerOf(exposed) ?? "another metric";
      return this.#refuse(metric, `the metric ${metric} is not exposed, as its name belongs to ${owner}: rename one`);
    }
    const family = new Family({ metric, name, definition, bounds: this.#settings.boundsOf(metric) });
    this.#byMetric.set(metric, family);
    this.families.push(family);
    return family;
  }

  #newPlace({ name, tags, definition }: SeriesDescriptor): ExposedPlace | "refused" {
    const family = this.familyOf(name, definition);
    if (family === undefined) return "refused";
    family.describe(definition);
    const labels = labelText(tags, (key) => this.#names.labelOf(key));
    return { family, series: family.seriesOf(labels), factor: family.factorOf(definition) };
  }

  #refuse(metric: string, why: string): undefined {
    if (this.#refused.has(metric)) return;
    this.#refused.add(metric);
    this.#settings.onWarning(`prometheus: ${why}`);
  }
}
