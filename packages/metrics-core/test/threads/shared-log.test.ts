import fc from "fast-check";
import { expect, it } from "vitest";
import { PAGE_BYTES, SharedHeap } from "../../src/threads/shared-heap.ts";
import { SharedLogReader, SharedLogWriter } from "../../src/threads/shared-log.ts";
import { ThreadHome } from "../../src/threads/thread-home.ts";
import { ThreadMemory } from "../../src/threads/thread-memory.ts";

function log() {
  const heap = SharedHeap.create(256)!;
  const home = ThreadHome.claim(heap, 1, 0)!;
  const memory = new ThreadMemory(heap, home);
  const allocate = (bytes: number): number | undefined => memory.allocateShared(bytes);
  const writer = new SharedLogWriter(heap.buffer, home.logOffset, home.logBytes, allocate);
  return { writer, reader: new SharedLogReader(heap.buffer, home.logOffset), heap, home };
}

it("is read as it was written, whatever the lengths of lines and whenever it is read", () => {
  const line = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 200 }).map((text) => text.toWellFormed().replaceAll("\n", " ")),
    fc.integer({ min: 0, max: 60_000 }).map((length) => "é".repeat(length / 2)),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.constant(undefined)), { maxLength: 40 }), (steps) => {
      const { writer, reader } = log();
      const written: string[] = [];
      const read: string[] = [];
      for (const step of steps) {
        if (step === undefined) {
          read.push(...reader.read());
          expect(read).toEqual(written);
        } else {
          expect(writer.append(step)).toBe(true);
          written.push(step);
        }
      }
      expect([...read, ...reader.read()]).toEqual(written);
      expect(reader.read()).toEqual([]);
    }),
  );
});

it("does not show a line whose bytes are there and whose length is not", () => {
  const { writer, reader, heap, home } = log();
  writer.append("whole");
  // As a thread leaves it that is terminated in the middle of a line.
  Buffer.from(heap.buffer, home.logOffset + 8 + 6, 4).write("part");
  expect(reader.read()).toEqual(["whole"]);
  expect(reader.read()).toEqual([]);
});

it("refuses a line that fits into no page, and takes the next", () => {
  const { writer, reader } = log();
  expect(writer.append("x".repeat(PAGE_BYTES))).toBe(false);
  expect(writer.append("short")).toBe(true);
  expect(reader.read()).toEqual(["short"]);
});
