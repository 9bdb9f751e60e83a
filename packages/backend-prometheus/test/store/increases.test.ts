import { describe, expect, it } from "vitest";
import { eachIncrease } from "../../src/store/increases.ts";
import { type ScrapedProcess, Target } from "../../src/store/target.ts";

const identity = { service: "s", version: "", host: "h", pid: 0, thread: 0, startTime: 0, writerId: "j/i" };
const metric = { name: "hits", definition: { kind: "counter" as const }, exposed: "hits_total", factor: 1 };

/** `[start, end, increase]` of a counter whose samples are given by time. */
function increasesOf(
  samples: Readonly<Record<number, number>>,
  options: {
    scrapes?: readonly number[] | undefined;
    starts?: Readonly<Record<number, number>>;
    processes?: readonly ScrapedProcess[];
    readFrom?: number;
  } = {},
): readonly (readonly number[])[] {
  // Keys that are whole numbers come first in an object.
  const times = Object.keys(samples)
    .map(Number)
    .sort((a, b) => a - b);
  const values = times.map((time) => samples[time]!);
  const { scrapes = times, readFrom = 0 } = options;
  const starts = { times: Object.keys(options.starts ?? {}).map(Number), values: Object.values(options.starts ?? {}) };
  const target = new Target({
    identity,
    labels: {},
    scrapes: "scrapes" in options ? options.scrapes : scrapes,
    starts,
    processes: options.processes,
    readFrom,
  });
  const found: number[][] = [];
  const series = {
    name: "hits_total",
    labels: {},
    times,
    values,
    metric,
    target,
    role: "value" as const,
    carried: 0,
    until: 50,
  };
  eachIncrease(series, (start, end, increase) => found.push([start, end, increase]));
  return found;
}

describe("increases of a counter", () => {
  it("are the differences, and after a restart what has been counted since", () => {
    expect(increasesOf({ 10: 3, 20: 5, 30: 1, 40: 2 })).toEqual([
      [10, 10, 0],
      [10, 20, 2],
      [20, 30, 1],
      [30, 40, 1],
    ]);
  });

  it("begin at 0 for a series that its target was scraped without before", () => {
    expect(increasesOf({ 30: 4, 40: 6 }, { scrapes: [10, 20, 30, 40] })).toEqual([
      [20, 30, 4],
      [30, 40, 2],
    ]);
  });

  it("begin at 0 with a process that says it is new, and are unknown for one that is older than what was read", () => {
    expect(increasesOf({ 30: 4 }, { starts: { 30: 25 }, readFrom: 5 })).toEqual([[25, 30, 4]]);
    expect(increasesOf({ 30: 4 }, { starts: { 30: 2 }, readFrom: 5 })).toEqual([[30, 30, 0]]);
    expect(increasesOf({ 30: 4 })).toEqual([[30, 30, 0]]);
  });

  it("see a restart from which the counter is higher than before, if the process says when it began", () => {
    const starts = { 10: 1, 20: 1, 30: 24 };
    expect(increasesOf({ 10: 3, 20: 5, 30: 7 }, { starts })).toEqual([
      [1, 10, 3],
      [10, 20, 2],
      [24, 30, 7],
    ]);
    // A start that is computed anew for every scrape wavers.
    expect(increasesOf({ 10: 3, 20: 5 }, { starts: { 10: 1, 20: 1.4 } })[1]).toEqual([10, 20, 2]);
  });

  it("see a restart by the process, however soon after the start of the one before", () => {
    const processes = [
      { identity: { ...identity, startTime: 24.2, writerId: "first" }, times: [24.4] },
      { identity: { ...identity, startTime: 24.6, writerId: "second" }, times: [24.8, 30] },
    ];
    expect(increasesOf({ 24.4: 3, 24.8: 5, 30: 6 }, { processes, readFrom: 20 })).toEqual([
      [24.2, 24.4, 3],
      [24.6, 24.8, 5],
      [24.8, 30, 1],
    ]);
  });

  it("take up again where a scrape failed, and leave out what is no number", () => {
    expect(increasesOf({ 10: 3, 20: Number.NaN, 40: 9 }, { scrapes: [10, 40] })).toEqual([
      [10, 10, 0],
      [10, 40, 6],
    ]);
  });

  it("of what is pushed are unknown at first: nobody looked before", () => {
    expect(increasesOf({ 30: 4, 40: 5 }, { scrapes: undefined })).toEqual([
      [30, 30, 0],
      [30, 40, 1],
    ]);
  });
});
