import { createHash } from "node:crypto";
import type { ExposedMetric } from "./exposed-unit.ts";
import { prometheusLabel, prometheusName } from "./prometheus-name.ts";

/**
 * Gives the metrics of one exposition their names and sees that none is used twice: `a.b` and `a_b` would both be `a_b`,
 * and a histogram `load` takes `load_count` too. Who comes first has the name; the other one is refused.
 */
export class PrometheusNames {
  /** Every name that a sample can have, and the metric it belongs to. */
  readonly #taken = new Map<string, string>();
  readonly #names = new Map<string, string | undefined>();
  readonly #labels = new Map<string, string>();
  readonly #labelKeys = new Map<string, string>();

  /** The name of a metric; `undefined` when another metric has it. The same answer every time. */
  nameOf(metric: ExposedMetric): string | undefined {
    if (this.#names.has(metric.name)) return this.#names.get(metric.name);
    const name = prometheusName(metric);
    const all = sampleNames(name, metric);
    const free = all.every((one) => !this.#taken.has(one));
    if (free) for (const one of all) this.#taken.set(one, metric.name);
    this.#names.set(metric.name, free ? name : undefined);
    return free ? name : undefined;
  }

  /** The metric that stands in the way of this one, if one does: for messages. */
  ownerOf(metric: ExposedMetric): string | undefined {
    const owners = sampleNames(prometheusName(metric), metric).map((one) => this.#taken.get(one));
    return owners.find((owner) => owner !== undefined && owner !== metric.name);
  }

  /** Keeps names that belong to the exposition itself, such as `giflab_metric_info`, from metrics. */
  reserve(name: string): void {
    this.#taken.set(name, name);
  }

  /** The label of a tag. A second key that would have the same label gets eight hex digits of its SHA-256 after it. */
  labelOf(key: string): string {
    let label = this.#labels.get(key);
    if (label === undefined) {
      label = prometheusLabel(key);
      if (this.#labelKeys.has(label)) {
        label += `_${createHash("sha256").update(Buffer.from(key, "utf16le")).digest("hex").slice(0, 8)}`;
      }
      this.#labels.set(key, label);
      this.#labelKeys.set(label, key);
    }
    return label;
  }
}

/** What the samples and the family of a metric are called, in both text formats. */
function sampleNames(name: string, { kind }: ExposedMetric): readonly string[] {
  if (kind === "counter") return [name, name.slice(0, -"_total".length), `${name.slice(0, -"_total".length)}_created`];
  if (kind === "gauge") return [name];
  return [name, `${name}_bucket`, `${name}_count`, `${name}_sum`, `${name}_created`];
}
