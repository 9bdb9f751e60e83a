import {
  type DistributionPoint,
  LAYOUT_ID,
  MetricsError,
  type SeriesDescriptor,
  type SnapshotPoint,
} from "@giflab/metrics-core";
import { numeral } from "./numeral.ts";
import { representatives } from "./representatives.ts";
import { DIALECT_RULES, type DialectRules, type LineEnds, type StatsdDialect } from "./statsd-dialect.ts";

export interface SnapshotLinesOptions {
  readonly dialect: StatsdDialect;
  /** Empty, or with its final dot. */
  readonly prefix: string;
  readonly timerSamples: number;
  readonly sampleRates: boolean;
}

/** Writes points as StatsD lines. Keeps the text around the value of each series, which is the same in every flush. */
export class SnapshotLines {
  readonly #rules: DialectRules;
  readonly #options: SnapshotLinesOptions;
  readonly #ends = new WeakMap<SeriesDescriptor, LineEnds>();

  constructor(options: SnapshotLinesOptions) {
    this.#rules = DIALECT_RULES[options.dialect];
    this.#options = options;
  }

  /**
   * The lines of a point; text with a newline in it is several lines that must travel in the same datagram. Throws
   * `REJECTED` for what the dialect cannot say.
   */
  of(point: SnapshotPoint): readonly string[] {
    const ends = this.#endsOf(point.series);
    const { head, tail } = ends;
    if (point.kind === "counter") return [`${head}:${numeral(point.delta)}|c${tail}`];
    if (point.kind !== "gauge") return this.#distribution(point, ends);
    const line = `${head}:${numeral(point.value)}|g${tail}`;
    return [point.value < 0 && this.#rules.signedGaugeIsDelta ? `${head}:0|g${tail}\n${line}` : line];
  }

  #distribution({ kind, series, sketch }: DistributionPoint, { head, tail }: LineEnds): string[] {
    if (sketch.layout !== LAYOUT_ID) {
      throw new MetricsError("REJECTED", `histogram layout ${sketch.layout} is not ${LAYOUT_ID}: update the packages`);
    }
    const timer = kind === "timer";
    const type = timer ? "ms" : this.#rules.histogramType;
    if (type === "ms" && this.#rules.msIsUnsigned && sketch.min < 0) {
      const name = series.name.slice(0, 60);
      throw new MetricsError(
        "REJECTED",
        `${name} has values below zero, which such servers refuse: use another dialect`,
      );
    }
    const found = representatives(sketch, this.#options.timerSamples);
    let weighed = 0;
    let end = "";
    return found.map(({ value, weight }) => {
      if (weight !== weighed) {
        const rate = weight > 1 && this.#options.sampleRates ? `|@${numeral(1 / weight)}` : "";
        end = `|${type}${rate}${tail}`;
        weighed = weight;
      }
      return `${head}:${numeral(timer ? milliseconds(value) : value)}${end}`;
    });
  }

  #endsOf(series: SeriesDescriptor): LineEnds {
    let ends = this.#ends.get(series);
    if (ends === undefined) {
      ends = this.#rules.ends(series, this.#options.prefix);
      this.#ends.set(series, ends);
    }
    return ends;
  }
}

/** `12.3`, not `12.299999999999999`; the buckets know two digits. */
function milliseconds(seconds: number): number {
  return Number((seconds * 1000).toPrecision(9));
}
