import type { DistributionMetricPoint } from "@giflab/metrics-core";
import { type ChunkValues, decodeChunk } from "./chunk-codec.ts";
import type { StoredSeries } from "./series-table.ts";
import type { StoreView } from "./store-reader.ts";
import {
  type BlockRows,
  readBlockRows,
  readChunk,
  readChunkData,
  reporting,
  type StoredChunk,
  seriesOf,
} from "./stored-block.ts";

const TURN_MS = 8;

/** What a point is besides its row. */
export type PointValue =
  | { readonly kind: "counter" | "gauge"; readonly value: number }
  | Pick<DistributionMetricPoint, "kind" | "count" | "sum" | "min" | "max" | "last" | "buckets">;

interface PackedSeries {
  readonly series: StoredSeries;
  readonly chunk: StoredChunk;
  readonly data: Buffer;
}

/** A block for somebody who goes through its rows: read at once, unpacked when the first of them is asked for. */
export class SealedPoints {
  readonly #rows: BlockRows;
  readonly #packed: readonly PackedSeries[];
  #byRow: Map<string, [StoredSeries, PointValue][]> | undefined;

  private constructor(rows: BlockRows, packed: readonly PackedSeries[]) {
    this.#rows = rows;
    this.#packed = packed;
  }

  /** Reads the wanted series of a block; to be called in a transaction. `undefined` for a block that is gone. */
  static read(view: StoreView, block: number, wanted: (series: StoredSeries) => boolean): SealedPoints | undefined {
    const { connection } = view;
    const rows = readBlockRows(connection, block);
    if (rows === undefined) return undefined;
    const packed: PackedSeries[] = [];
    for (const id of seriesOf(connection, block)) {
      const series = view.series.get(id);
      if (series === undefined || !wanted(series)) continue;
      const chunk = readChunk(connection, rows, id);
      if (chunk !== undefined) packed.push({ series, chunk, data: readChunkData(connection, block, id) });
    }
    return new SealedPoints(rows, packed);
  }

  /** The points of a row. The first call takes some time, and lets the event loop turn meanwhile. */
  async of(writer: number, firstSeq: number): Promise<readonly (readonly [StoredSeries, PointValue])[]> {
    this.#byRow ??= await this.#unpack();
    return this.#byRow.get(`${writer}/${firstSeq}`) ?? [];
  }

  async #unpack(): Promise<Map<string, [StoredSeries, PointValue][]>> {
    const { ticks, id } = this.#rows;
    const rows = ticks.seqs.map((): [StoredSeries, PointValue][] => []);
    let until = performance.now() + TURN_MS;
    for (const { series, chunk, data } of this.#packed) {
      const { positions } = chunk.head;
      const values = reporting(id, () => decodeChunk(chunk.head, data, "buckets"));
      const kind = series.definition.kind === "timer" ? "timer" : "histogram";
      for (let i = 0; i < positions.length; i++) rows[positions[i]!]!.push([series, pointValue(values, i, kind)]);
      if (performance.now() < until) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      until = performance.now() + TURN_MS;
    }
    return new Map(rows.map((points, i) => [`${ticks.writers[i]}/${ticks.firstSeqs[i]}`, points]));
  }
}

function pointValue(values: ChunkValues, i: number, distribution: "timer" | "histogram"): PointValue {
  if (values.kind === "counter") return { kind: "counter", value: values.deltas[i]! };
  if (values.kind === "gauge") return { kind: "gauge", value: values.values[i]! };
  const { layout, indexes, counts, ...numbers } = values.sketches[i]!;
  const buckets = { layout, indexes: Array.from(indexes), counts: Array.from(counts) };
  return { kind: distribution, ...numbers, buckets };
}
