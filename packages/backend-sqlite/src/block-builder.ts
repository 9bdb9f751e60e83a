import type { SketchData } from "@giflab/metrics-core";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { ChunkValues } from "./chunk-codec.ts";
import { readSketch } from "./sketch-codec.ts";
import type { PointSink } from "./snapshot-codec.ts";

/** The samples of one series of a block. */
export interface BlockColumn {
  readonly positions: readonly number[];
  readonly values: ChunkValues;
}

type Column =
  | { readonly kind: "counter"; readonly positions: number[]; readonly deltas: number[] }
  | { readonly kind: "gauge"; readonly positions: number[]; readonly values: number[] }
  | { readonly kind: "sketch"; readonly positions: number[]; readonly packed: ByteWriter };

/** A column of sketches begins with room for so much; most have some KB. */
const PACKED_BYTES = 256;

/**
 * Turns rows into columns: rows are decoded into it, in the order of their positions. Sketches stay packed until their column
 * is taken: unpacked, an hour of some hundred timers would take ten times the memory of its rows.
 */
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

  /** Throws for a sketch that cannot be read, now rather than when its column is taken. */
  packedSketch(series: number, bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    readSketch(reader);
    if (reader.remaining > 0) throw new RangeError("a sketch does not end where it should");
    const known = this.#columns.get(series);
    const column = known ?? this.#add(series, { kind: "sketch", positions: [], packed: new ByteWriter(PACKED_BYTES) });
    if (column.kind !== "sketch") throw mixed(series);
    column.packed.bytes(bytes);
    this.#place(series, column.positions);
  }

  sketch(): void {
    throw new RangeError("sketches come packed");
  }

  /** The columns by series, rising; each is let go of when the next is asked for. */
  *take(): Generator<readonly [number, BlockColumn]> {
    for (const series of [...this.#columns.keys()].sort((a, b) => a - b)) {
      const column = this.#columns.get(series)!;
      this.#columns.delete(series);
      yield [series, { positions: column.positions, values: column.kind === "sketch" ? unpacked(column) : column }];
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

function unpacked({ positions, packed }: { readonly positions: readonly number[]; readonly packed: ByteWriter }): {
  readonly kind: "sketch";
  readonly sketches: readonly SketchData[];
} {
  const reader = new ByteReader(packed.written);
  const sketches = positions.map(() => readSketch(reader));
  packed.free();
  return { kind: "sketch", sketches };
}

/** No chunk can hold two kinds of values, or two values of one row: such rows stay as they are. */
function mixed(series: number): RangeError {
  return new RangeError(`series ${series} has two values in a row, or of two kinds`);
}
