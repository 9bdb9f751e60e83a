import { GaugeValues } from "./gauge-values.ts";

/** A counter's series: what all processes have counted together, in its exposed unit. */
export class ExposedCounter {
  readonly labels: string;
  /** The text before the value, which never changes. */
  readonly head: string;
  value = 0;

  constructor(name: string, labels: string) {
    this.labels = labels;
    this.head = flat(`${name}${braced(labels)} `);
  }
}

/** A gauge's series: its values by process, in its exposed unit. */
export class ExposedGauge {
  readonly labels: string;
  readonly head: string;
  readonly values: GaugeValues = new GaugeValues();
  /** Whether its own tags say which process it is. */
  readonly hasPid: boolean;

  constructor(name: string, labels: string) {
    this.labels = labels;
    // A value cannot look like that, as its quotes are escaped.
    this.hasPid = /(?:^|,)pid="/.test(labels);
    this.head = flat(`${name}${braced(labels)} `);
  }
}

/** A timer's or histogram's series: what all processes have recorded, by classic bucket, in its exposed unit. */
export class ExposedHistogram {
  readonly labels: string;
  /** The text before a bucket's bound. */
  readonly bucketHead: string;
  readonly sumHead: string;
  readonly countHead: string;
  /** Not cumulative; the last one is above all bounds. */
  readonly counts: Float64Array;
  sum = 0;
  count = 0;

  constructor(name: string, labels: string, bounds: number) {
    this.labels = labels;
    this.bucketHead = flat(`${name}_bucket{${labels}${labels === "" ? "" : ","}le="`);
    this.sumHead = flat(`${name}_sum${braced(labels)} `);
    this.countHead = flat(`${name}_count${braced(labels)} `);
    this.counts = new Float64Array(bounds + 1);
  }
}

export type ExposedSeries = ExposedCounter | ExposedGauge | ExposedHistogram;

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

/**
 * The same text in one piece. One that was put together stays a tree of its pieces inside of V8, which takes more memory and is
 * walked through whenever a line with it is written: twice the time of a scrape.
 */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
