import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { PAGE_BYTES, SharedHeap } from "../../src/threads/shared-heap.ts";
import { ThreadHome } from "../../src/threads/thread-home.ts";
import { ThreadMemory } from "../../src/threads/thread-memory.ts";

function heap(pages?: number): SharedHeap {
  const made = SharedHeap.create(pages);
  if (made === undefined) throw new Error("no address space");
  return made;
}

/** Claims pages in another thread until none is left, and marks each of them. */
const CLAIMING_THREAD = `
  const { parentPort, workerData } = require("node:worker_threads");
  import(workerData.module).then(({ SharedHeap }) => {
    const heap = SharedHeap.attach(workerData.buffer);
    const claimed = [];
    // All begin at the same moment.
    Atomics.add(workerData.gate, 0, 1);
    while (Atomics.load(workerData.gate, 0) < 3);
    for (let page = heap.claim(workerData.id, false); page !== undefined; page = heap.claim(workerData.id, false)) {
      claimed.push(page);
    }
    for (const page of claimed) new Int32Array(heap.buffer, page, 1)[0] += workerData.id;
    parentPort.postMessage(claimed);
  });
`;

describe("SharedHeap", () => {
  it("gives each page to one thread, also when several claim and grow it at once", async () => {
    const shared = heap(4096);
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const threads = [1, 2, 3].map((id) => {
      const module = new URL("../../src/threads/shared-heap.ts", import.meta.url).href;
      return new Worker(CLAIMING_THREAD, { eval: true, workerData: { id, buffer: shared.buffer, module, gate } });
    });
    const claimed = (await Promise.all(threads.map((thread) => once(thread, "message")))) as number[][][];
    const pages = claimed.flatMap(([own]) => own!);
    expect(new Set(pages).size).toBe(pages.length);
    expect(pages).toHaveLength(4096);
    claimed.forEach(([own], at) => {
      for (const page of own!) expect(new Int32Array(shared.buffer, page, 1)[0]).toBe(at + 1);
    });
  });

  it("zeroes the pages of a thread that has ended and hands them out again, and no others", () => {
    const shared = heap();
    const [first, second] = [shared.claim(1, true)!, shared.claim(2, true)!];
    new Float64Array(shared.buffer, first, PAGE_BYTES / 8).fill(1);
    new Float64Array(shared.buffer, second, PAGE_BYTES / 8).fill(2);
    expect(shared.homes()).toEqual([first, second]);
    shared.release(1);
    expect([shared.claimedPages, shared.homes()]).toEqual([1, [second]]);
    expect(shared.claim(3, false)).toBe(first);
    expect(new Float64Array(shared.buffer, first, PAGE_BYTES / 8).every((cell) => cell === 0)).toBe(true);
    expect(new Float64Array(shared.buffer, second, PAGE_BYTES / 8).every((cell) => cell === 2)).toBe(true);
  });

  it("has no page when all are claimed, and a thread then records in memory of its own", () => {
    const shared = heap(256);
    const memory = new ThreadMemory(shared, ThreadHome.claim(shared, 1, 0)!);
    for (let page = 1; page < 256; page++) expect(memory.allocate(PAGE_BYTES).buffer).toBe(shared.buffer);
    expect(shared.claim(2, true)).toBeUndefined();
    expect(memory.allocate(PAGE_BYTES).buffer).not.toBe(shared.buffer);
    // What is left of the first page is enough for a small piece.
    expect(memory.allocate(4096).buffer).toBe(shared.buffer);
  });

  it("is not found in buffers of another version or of somebody else", () => {
    const shared = heap();
    expect(SharedHeap.attach(shared.buffer)?.claimedPages).toBe(0);
    new Int32Array(shared.buffer)[0]! += 1;
    for (const other of [shared.buffer, new SharedArrayBuffer(PAGE_BYTES), new ArrayBuffer(PAGE_BYTES), undefined]) {
      expect(SharedHeap.attach(other)).toBeUndefined();
    }
  });
});
