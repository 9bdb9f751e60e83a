import { LAYOUT_ID, MetricsError, type SeriesDescriptor, type SnapshotPoint } from "@giflab/metrics-core";
import { representatives } from "./representatives.ts";
import { DIALECT_RULES, type DialectRules, type LineEnds, type StatsdDialect } from "./statsd-dialect.ts";

/** Writes points as StatsD lines. Keeps the text around the value of each series, which is the same in every flush. */
export class SnapshotLines {
  readonly #rules: DialectRules;
  readonly #prefix: string;
  readonly #timerSamples: number;
  readonly #ends = new WeakMap<SeriesDescriptor, LineEnds>();

  constructor(options: { readonly dialect: StatsdDialect; readonly prefix: string; readonly timerSamples: number }) {
    this.#rules = DIALECT_RULES[options.dialect];
    this.#prefix = options.prefix;
    this.#timerSamples = options.timerSamples;
  }

  /** The lines of a point; text with a newline in it is several lines that must travel in the same datagram. */
  *of(point: SnapshotPoint): Generator<string> {
    const { head, tail } = this.#endsOf(point.series);
    if (point.kind === "counter") {
      yield `${head}:${numeral(point.delta)}|c${tail}`;
    } else if (point.kind === "gauge") {
      const line = `${head}:${numeral(point.value)}|g${tail}`;
      yield point.value < 0 && this.#rules.signedGaugeIsDelta ? `${head}:0|g${tail}\n${line}` : line;
    } else {
      const { sketch } = point;
      if (sketch.layout !== LAYOUT_ID) {
        throw new MetricsError(
          "REJECTED",
          `histogram layout ${sketch.layout} is not ${LAYOUT_ID}: update the packages`,
        );
      }
      const timer = point.kind === "timer";
      const values = representatives(sketch, this.#timerSamples);
      const rate = values.length < sketch.count ? `|@${values.length / sketch.count}` : "";
      const type = timer ? "ms" : this.#rules.histogramType;
      for (const value of values) {
        yield `${head}:${timer ? numeral(roundedMs(value)) : numeral(value)}|${type}${rate}${tail}`;
      }
    }
  }

  #endsOf(series: SeriesDescriptor): LineEnds {
    let ends = this.#ends.get(series);
    if (ends === undefined) {
      ends = this.#rules.ends(series, this.#prefix);
      this.#ends.set(series, ends);
    }
    return ends;
  }
}

/** `12.3`, not `12.299999999999999`; the buckets know two digits. */
function roundedMs(seconds: number): number {
  return Number((seconds * 1000).toPrecision(9));
}

/** Servers take a leading `-` or `+` as a change; -0 is none. */
function numeral(value: number): string {
  return value === 0 ? "0" : String(value);
}
