import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { packBytes, readPacked, writePacked } from "./packed-bytes.ts";

const runs = new ByteWriter();

/** Writes rising positions as runs: 0, 1, 2, 5, 6 is "skip 0, take 3, skip 2, take 2". */
export function writePositions(writer: ByteWriter, positions: readonly number[]): void {
  runs.reset();
  let next = 0;
  for (let i = 0; i < positions.length; ) {
    let length = 1;
    while (positions[i + length] === positions[i]! + length) length++;
    runs.varint(positions[i]! - next);
    runs.varint(length);
    next = positions[i]! + length;
    i += length;
  }
  writePacked(writer, packBytes(runs.take()));
}

let every: readonly number[] = [];

/** 0 to `count` - 1: the same array for the many that are alike. */
export function everyPosition(count: number): readonly number[] {
  if (every.length !== count) every = Array.from({ length: count }, (_, i) => i);
  return every;
}

/** Reads what `writePositions` wrote. Throws a `RangeError` for positions from `limit` on. */
export function readPositions(reader: ByteReader, limit: number): readonly number[] {
  const runs = new ByteReader(readPacked(reader));
  const positions: number[] = [];
  let next = 0;
  while (runs.remaining > 0) {
    next += runs.varint();
    const length = runs.varint();
    // Of most series every row of a block has a sample.
    if (next === 0 && length === limit) return everyPosition(limit);
    if (next + length > limit) throw new RangeError(`position ${next + length - 1} of ${limit}`);
    for (let i = 0; i < length; i++) positions.push(next++);
  }
  return positions;
}
