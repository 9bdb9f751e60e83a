import {
  formulaInputs,
  type MetricSnapshot,
  type NamedDefinition,
  parseFormula,
  type SeriesDescriptor,
  type SnapshotPoint,
} from "@giflab/metrics-core";
import { fieldTexts } from "./field-texts.ts";
import { tagText } from "./line-text.ts";
import { seriesHead, type WriterTags } from "./series-head.ts";

interface Derived {
  readonly name: string;
  readonly inputs: readonly string[];
}

/**
 * Repeats the inputs of derived metrics as fields of one measurement, the derived metric's: InfluxQL calculates only within
 * a measurement, so `cache.hits / (cache.hits + cache.misses)` needs both fields in `cache.hit_rate`. The derived value
 * itself is stored nowhere: it would not merge.
 */
export class DerivedInputs {
  readonly #writer: WriterTags;
  #definitions: readonly NamedDefinition[] = [];
  #byInput: ReadonlyMap<string, readonly Derived[]> = new Map();
  /** The beginnings of an input's lines, which are the same in every flush. */
  #heads = new WeakMap<SeriesDescriptor, readonly string[]>();

  constructor(writer: WriterTags) {
    this.#writer = writer;
  }

  /** The lines that a snapshot's points need beside their own. */
  lines({ derived, points }: MetricSnapshot, timestamp: string): string[] {
    this.#learn(derived);
    if (this.#byInput.size === 0) return [];
    const lines: string[] = [];
    const seen = new Map<string, SnapshotPoint["kind"]>();
    const touched = new Set<Derived>();
    for (const point of points) {
      const { name } = point.series;
      const metrics = this.#byInput.get(name);
      if (metrics === undefined) continue;
      seen.set(name, point.kind);
      for (const metric of metrics) touched.add(metric);
      const fields = inputFields(point);
      for (const head of this.#headsOf(point.series, metrics)) lines.push(`${head} ${fields} ${timestamp}`);
    }
    for (const metric of touched) lines.push(...this.#zeros(metric, seen, timestamp));
    return lines;
  }

  /** A counter that did not change is not in the snapshot, but without a value InfluxQL would give none for the formula. */
  #zeros({ name, inputs }: Derived, seen: ReadonlyMap<string, SnapshotPoint["kind"]>, timestamp: string): string[] {
    const missing = inputs.filter((input) => !seen.has(input));
    if (missing.length === 0 || inputs.some((input) => (seen.get(input) ?? "counter") !== "counter")) return [];
    const fields = missing.map((input) => `${tagText(input)}=0`).join(",");
    return [`${seriesHead(name, {}, this.#writer).plain} ${fields} ${timestamp}`];
  }

  #headsOf(series: SeriesDescriptor, metrics: readonly Derived[]): readonly string[] {
    let heads = this.#heads.get(series);
    if (heads === undefined) {
      heads = metrics.map(({ name }) => seriesHead(name, series.tags, this.#writer).plain);
      this.#heads.set(series, heads);
    }
    return heads;
  }

  #learn(definitions: readonly NamedDefinition[]): void {
    // The same array as long as there is nothing new.
    if (definitions === this.#definitions) return;
    this.#definitions = definitions;
    this.#heads = new WeakMap();
    const byInput = new Map<string, Derived[]>();
    for (const definition of definitions) {
      const inputs = inputsOf(definition);
      const metric = { name: definition.name, inputs };
      for (const input of inputs) byInput.set(input, [...(byInput.get(input) ?? []), metric]);
    }
    this.#byInput = byInput;
  }
}

/** Counters by what was added, gauges by their value, timers and histograms by what their mean is made of. */
function inputFields(point: SnapshotPoint): string {
  const name = tagText(point.series.name);
  if (point.kind === "counter") return `${name}=${point.delta}`;
  if (point.kind === "gauge") return `${name}=${point.value}`;
  return fieldTexts([
    [`${name}.sum`, point.sketch.sum],
    [`${name}.count`, point.sketch.count],
  ]);
}

function inputsOf(definition: NamedDefinition): readonly string[] {
  if (definition.kind !== "derived") return [];
  try {
    return formulaInputs(parseFormula(definition.formula));
  } catch {
    // Written by a newer version: its inputs are stored under their own names all the same.
    return [];
  }
}
