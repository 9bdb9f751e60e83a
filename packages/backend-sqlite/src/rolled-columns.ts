import type { SketchData } from "@giflab/metrics-core";
import type { BlockColumn } from "./block-builder.ts";
import type { ChunkHead, ChunkValues, GaugeSpans } from "./chunk-codec.ts";
import { mergeSketches } from "./merge-sketches.ts";
import type { RolledTick } from "./rolled-ticks.ts";

interface RolledCounter {
  readonly kind: "counter";
  delta: number;
  increases: number;
}

interface RolledGauge {
  readonly kind: "gauge";
  last: number;
  held: number;
  mean: number;
  min: number;
  max: number;
}

interface RolledSketch {
  readonly kind: "sketch";
  readonly sketch: SketchData;
}

type Rolled = RolledCounter | RolledGauge | RolledSketch;

/** The samples of rolled up rows by series, gathered source by source. */
export class RolledColumns {
  readonly #columns = new Map<number, [number, Rolled][]>();
  readonly #points: number[] = [];

  /** How many series each row has, by position. */
  pointsAt(position: number): number {
    return this.#points[position] ?? 0;
  }

  /**
   * Rolls up a series of a source block. Throws `INVALID_QUERY` for sketches that cannot be merged.
   * @param tickOf the rolled up row of each position of the source, and where it stands in the new block.
   */
  add(
    series: number,
    { positions }: ChunkHead,
    values: ChunkValues,
    ends: readonly number[],
    tickOf: (position: number) => { readonly tick: RolledTick; readonly at: number } | undefined,
  ): void {
    const column = this.#columns.get(series) ?? [];
    this.#columns.set(series, column);
    for (let i = 0; i < positions.length; ) {
      const found = tickOf(positions[i]!);
      let next = i + 1;
      while (next < positions.length && found?.tick === tickOf(positions[next]!)?.tick) next++;
      if (found !== undefined) {
        const times = positions.slice(i, next).map((position) => ends[position]!);
        column.push([found.at, roll(values, i, times, found.tick.end)]);
        this.#points[found.at] = this.pointsAt(found.at) + 1;
      }
      i = next;
    }
  }

  /** The columns by series, rising; each is let go of when the next is asked for. */
  *take(): Generator<readonly [number, BlockColumn]> {
    for (const series of [...this.#columns.keys()].sort((a, b) => a - b)) {
      const samples = this.#columns.get(series)!.sort(([a], [b]) => a - b);
      this.#columns.delete(series);
      if (samples.length === 0) continue;
      const rolled = samples.map(([, value]) => value);
      yield [series, { positions: samples.map(([position]) => position), values: columnOf(rolled) }];
    }
  }
}

/** Samples `from` and following, as many as there are `times`, as one that stands at `end`. */
function roll(values: ChunkValues, from: number, times: readonly number[], end: number): Rolled {
  if (values.kind === "sketch")
    return { kind: "sketch", sketch: merge(values.sketches.slice(from, from + times.length)) };
  if (values.kind === "gauge") return rollGauge(values.values, values.spans, from, times, end);
  const rolled: RolledCounter = { kind: "counter", delta: 0, increases: 0 };
  for (let i = from; i < from + times.length; i++) {
    const delta = values.deltas[i]!;
    rolled.delta += delta;
    rolled.increases += values.increases?.[i] ?? (delta > 0 ? 1 : 0);
  }
  return rolled;
}

function merge(sketches: readonly SketchData[]): SketchData {
  const filled = sketches.filter(({ count }) => count > 0);
  if (filled.length <= 1) return filled[0] ?? sketches[0]!;
  return mergeSketches(filled);
}

/** The value last stated holds until the next statement, and in the end until the end of the row. */
function rollGauge(
  values: readonly number[],
  spans: GaugeSpans | undefined,
  from: number,
  times: readonly number[],
  end: number,
): RolledGauge {
  const begin = times[0]! - (spans?.held[from] ?? 0);
  let area = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  const hold = (low: number, high: number, mean: number, seconds: number): void => {
    if (!(seconds > 0)) return;
    area += mean * seconds;
    min = Math.min(min, low);
    max = Math.max(max, high);
  };
  for (const [step, time] of times.entries()) {
    const i = from + step;
    const value = values[i]!;
    if (spans !== undefined) hold(spans.mins[i]!, spans.maxs[i]!, spans.means[i]!, spans.held[i]!);
    const next = times[step + 1];
    hold(value, value, value, (next === undefined ? end : next - (spans?.held[i + 1] ?? 0)) - time);
  }
  const last = values[from + times.length - 1]!;
  const held = end - begin;
  // Stated at the very end only, it has held for no time here.
  if (!(max >= min)) return { kind: "gauge", last, held: 0, mean: last, min: last, max: last };
  return { kind: "gauge", last, held, mean: Number.isFinite(area) ? clamp(area / held, min, max) : last, min, max };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

function columnOf(rolled: readonly Rolled[]): ChunkValues {
  const counters = rolled.filter((one) => one.kind === "counter");
  if (counters.length > 0) {
    return { kind: "counter", deltas: counters.map(({ delta }) => delta), increases: counters.map((c) => c.increases) };
  }
  const gauges = rolled.filter((one) => one.kind === "gauge");
  if (gauges.length === 0) {
    return { kind: "sketch", sketches: rolled.flatMap((one) => (one.kind === "sketch" ? [one.sketch] : [])) };
  }
  return {
    kind: "gauge",
    values: gauges.map(({ last }) => last),
    spans: {
      held: gauges.map(({ held }) => held),
      // Seven digits of a mean are plenty, and take half the room.
      means: gauges.map(({ mean, min, max }) => clamp(Number(mean.toPrecision(7)), min, max)),
      mins: gauges.map(({ min }) => min),
      maxs: gauges.map(({ max }) => max),
    },
  };
}
