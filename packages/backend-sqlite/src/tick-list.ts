import { MetricsError } from "@giflab/metrics-core";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readIntegers, writeIntegers } from "./integer-column.ts";
import { readNumbers, writeNumbers } from "./number-column.ts";

const FORMAT = 1;
/** More than there are: damage must not make us count to billions. */
const MOST_GAPS = 1_000_000;
const NO_GAPS: readonly number[] = [];

/**
 * The rows of a block, as columns, ordered by writer and then by time; samples name them by their position. All arrays are
 * equally long.
 */
export interface TickList {
  readonly writers: readonly number[];
  readonly firstSeqs: readonly number[];
  readonly seqs: readonly number[];
  readonly starts: readonly number[];
  /** The rows' `timestamp`. */
  readonly ends: readonly number[];
  /** Stretches inside `(start, end]` that a rolled up row does not cover: `[from, to, from, to, ...]`, rising. */
  readonly gaps: readonly (readonly number[])[];
}

/** The `ticks` of a block: about 4 bytes a row. */
export function encodeTicks(ticks: TickList): Buffer {
  const writer = new ByteWriter();
  writer.byte(FORMAT);
  writer.varint(ticks.seqs.length);
  writeIntegers(writer, ticks.writers);
  writeIntegers(writer, ticks.firstSeqs);
  writeIntegers(
    writer,
    ticks.seqs.map((seq, i) => seq - ticks.firstSeqs[i]!),
  );
  writeNumbers(writer, ticks.starts);
  writeNumbers(writer, ticks.ends);
  writeIntegers(
    writer,
    ticks.gaps.map((gaps) => gaps.length / 2),
  );
  writeNumbers(writer, ticks.gaps.flat());
  return writer.take();
}

/** Reads the `ticks` of a block. Throws `STORE_CORRUPT` for bytes that make no sense. */
export function decodeTicks(bytes: Uint8Array): TickList {
  try {
    const reader = new ByteReader(bytes);
    const format = reader.byte();
    if (format !== FORMAT) throw new RangeError(`unknown format ${format}`);
    const count = reader.varint();
    const writers = readIntegers(reader, count);
    const firstSeqs = readIntegers(reader, count);
    const seqs = readIntegers(reader, count);
    for (let i = 0; i < count; i++) seqs[i]! += firstSeqs[i]!;
    const starts = readNumbers(reader, count);
    const ends = readNumbers(reader, count);
    const gapCounts = readIntegers(reader, count);
    let total = 0;
    let least = 0;
    for (const one of gapCounts) {
      total += 2 * one;
      least = Math.min(least, one);
    }
    if (total > MOST_GAPS || least < 0) throw new RangeError(`${total} gaps`);
    const bounds = readNumbers(reader, total);
    let at = 0;
    const gaps = gapCounts.map((one) => (one === 0 ? NO_GAPS : bounds.slice(at, (at += 2 * one))));
    return { writers, firstSeqs, seqs, starts, ends, gaps };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new MetricsError("STORE_CORRUPT", `the rows of a block cannot be read: ${cause.message}`, { cause });
  }
}
