import type { SketchData } from "@giflab/metrics-core";
import type { ChunkValues } from "./chunk-codec.ts";
import type { PointSink } from "./snapshot-codec.ts";

/** The samples of one series of a block. */
export interface BlockColumn {
  readonly positions: readonly number[];
  readonly values: ChunkValues;
}

type Column =
  | { readonly kind: "counter"; readonly positions: number[]; readonly deltas: number[] }
  | { readonly kind: "gauge"; readonly positions: number[]; readonly values: number[] }
  | { readonly kind: "sketch"; readonly positions: number[]; readonly sketches: SketchData[] };

/** Turns rows into columns: rows are decoded into it, in the order of their positions. */
export class BlockBuilder implements PointSink {
  readonly #columns = new Map<number, Column>();
  #position = 0;

  /** The points that follow belong to the row at this position. */
  begin(position: number): void {
    this.#position = position;
  }

  counter(series: number, delta: number): void {
    const column = this.#columns.get(series) ?? this.#add(series, { kind: "counter", positions: [], deltas: [] });
    if (column.kind !== "counter") throw mixed(series);
    column.deltas.push(delta);
    this.#place(series, column.positions);
  }

  gauge(series: number, value: number): void {
    const column = this.#columns.get(series) ?? this.#add(series, { kind: "gauge", positions: [], values: [] });
    if (column.kind !== "gauge") throw mixed(series);
    column.values.push(value);
    this.#place(series, column.positions);
  }

  wantsSketch(): boolean {
    return true;
  }

  sketch(series: number, data: SketchData): void {
    const column = this.#columns.get(series) ?? this.#add(series, { kind: "sketch", positions: [], sketches: [] });
    if (column.kind !== "sketch") throw mixed(series);
    column.sketches.push(data);
    this.#place(series, column.positions);
  }

  /** The columns by series, rising; each is let go of when the next is asked for. */
  *take(): Generator<readonly [number, BlockColumn]> {
    for (const series of [...this.#columns.keys()].sort((a, b) => a - b)) {
      const { positions, ...values } = this.#columns.get(series)!;
      this.#columns.delete(series);
      yield [series, { positions, values }];
    }
  }

  #add(series: number, column: Column): Column {
    this.#columns.set(series, column);
    return column;
  }

  #place(series: number, positions: number[]): void {
    if (positions.at(-1) === this.#position) throw mixed(series);
    positions.push(this.#position);
  }
}

/** No chunk can hold two kinds of values, or two values of one row: such rows stay as they are. */
function mixed(series: number): RangeError {
  return new RangeError(`series ${series} has two values in a row, or of two kinds`);
}
