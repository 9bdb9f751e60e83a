import { describe, expect, it } from "vitest";
import { groupSamples } from "../src/sample-groups.ts";
import type { TickList } from "../src/tick-list.ts";

const MINUTE = 60;
const HOUR = 3600;
const BEGIN = 472_222 * HOUR;

const rows = (writers: readonly number[], ends: readonly number[]): TickList => ({
  writers,
  firstSeqs: ends.map((_, i) => i),
  seqs: ends.map((_, i) => i),
  starts: ends.map((end) => end - MINUTE),
  ends,
  gaps: ends.map(() => []),
});
const minutes = (count: number, from = BEGIN): number[] =>
  Array.from({ length: count }, (_, i) => from + (i + 1) * MINUTE);
const all = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("groups of samples", () => {
  it("are the hours of minutes, each up to its full hour", () => {
    expect(groupSamples(rows(Array(150).fill(1), minutes(150)), all(150))).toEqual([60, 60, 30]);
    expect(groupSamples(rows(Array(100).fill(1), minutes(100, BEGIN + 20 * MINUTE)), all(100))).toEqual([40, 60]);
  });

  it("are of one writer each", () => {
    const writers = [...Array(60).fill(1), ...Array(60).fill(2)];
    expect(groupSamples(rows(writers, [...minutes(60), ...minutes(60)]), all(120))).toEqual([60, 60]);
  });

  it("count the samples that are there", () => {
    const even = all(120).filter((position) => position % 2 === 0);
    expect(groupSamples(rows(Array(120).fill(1), minutes(120)), even)).toEqual([30, 30]);
  });

  it("are none where all lie in one hour, or an hour has few", () => {
    expect(groupSamples(rows(Array(60).fill(1), minutes(60)), all(60))).toEqual([]);
    const hours = all(100).map((hour) => BEGIN + hour * HOUR);
    expect(groupSamples(rows(Array(100).fill(1), hours), all(100))).toEqual([]);
    expect(groupSamples(rows([], []), [])).toEqual([]);
  });
});
