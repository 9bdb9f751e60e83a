import type { Clock } from "@giflab/metrics-core";
import type { ExpositionFormat } from "../exposition-format.ts";
import type { ExposedCounter, ExposedGauge, ExposedHistogram } from "./exposed-series.ts";
import type { Exposition } from "./exposition.ts";
import type { Family } from "./family.ts";
import { type ClusterFigures, derivedInfoText, metricInfoHeader, ownText } from "./own-lines.ts";

/** Lines of a slice: about half a millisecond of work. */
const LINES_PER_SLICE = 2000;

export interface TextOptions {
  readonly format: ExpositionFormat;
  readonly clock: Clock;
  /** Of a cluster's primary: gauges merged by `last` are then shown by process. */
  readonly cluster: ClusterFigures | undefined;
}

/**
 * The text of a scrape, slice by slice: between two of them the event loop may turn, and what is recorded meanwhile is in
 * the rest or in the next scrape. A series is never cut in two, so a histogram's parts agree. About 100 ns a line.
 */
export function* expositionText(exposition: Exposition, options: TextOptions): Generator<string, void, undefined> {
  const { clock, cluster } = options;
  const format = options.format.kind;
  const monotonic = clock.monotonic();
  const { families } = exposition;
  let text = ownText(exposition, format, monotonic, cluster);
  let lines = 0;
  text += metricInfoHeader(format);
  for (const family of families) {
    text += family.infoLine;
    if (++lines < LINES_PER_SLICE) continue;
    yield text;
    text = "";
    lines = 0;
  }
  text += derivedInfoText(exposition);
  for (const family of families) {
    const { series } = family;
    text += family.header(format);
    const each = Math.max(1, linesOf(family));
    for (let from = 0; from < series.length; ) {
      const to = Math.min(series.length, from + Math.max(1, Math.ceil((LINES_PER_SLICE - lines) / each)));
      text += seriesText(family, from, to, monotonic, cluster !== undefined);
      lines += (to - from) * each;
      from = to;
      if (lines < LINES_PER_SLICE) continue;
      yield text;
      text = "";
      lines = 0;
    }
  }
  if (format === "openmetrics") text += "# EOF\n";
  if (text !== "") yield text;
}

function linesOf({ kind, bounds }: Family): number {
  return kind === "counter" || kind === "gauge" ? 1 : bounds.length + 3;
}

function seriesText(family: Family, from: number, to: number, monotonic: number, byProcess: boolean): string {
  if (family.kind === "counter") return counterText(family.series as ExposedCounter[], from, to);
  if (family.kind === "gauge") return gaugeText(family, from, to, monotonic, byProcess);
  return histogramText(family, from, to);
}

function counterText(series: readonly ExposedCounter[], from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) {
    const { head, value } = series[i]!;
    text += `${head}${written(value)}\n`;
  }
  return text;
}

function gaugeText(family: Family, from: number, to: number, monotonic: number, byProcess: boolean): string {
  const { merge = "last" } = family.definition;
  const series = family.series as ExposedGauge[];
  let text = "";
  for (let i = from; i < to; i++) {
    const gauge = series[i]!;
    if (byProcess && merge === "last" && !gauge.hasPid) {
      for (const [{ identity }, value] of gauge.values.live(monotonic)) {
        const labels = `${gauge.labels}${gauge.labels === "" ? "" : ","}pid="${identity.pid}"`;
        text += `${family.name}{${labels}} ${written(value)}\n`;
      }
      continue;
    }
    const value = gauge.values.merged(merge, monotonic);
    if (value !== undefined) text += `${gauge.head}${written(value)}\n`;
  }
  return text;
}

function histogramText({ boundTexts, series }: Family, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) {
    const { bucketHead, counts, sumHead, sum, countHead, count } = series[i] as ExposedHistogram;
    let atMost = 0;
    for (let place = 0; place < counts.length; place++) {
      atMost += counts[place]!;
      text += `${bucketHead}${boundTexts[place]}${atMost}\n`;
    }
    text += `${sumHead}${written(sum)}\n${countHead}${count}\n`;
  }
  return text;
}

/** Sums of very large values may leave the range of numbers. */
function written(value: number): number | string {
  return value - value === 0 ? value : value > 0 ? "+Inf" : value < 0 ? "-Inf" : "NaN";
}
