import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { ManualClock } from "@giflab/metrics-core";
import { beforeEach, describe, expect, test } from "vitest";
import { MemoryPressure, type MemoryPressureOptions, type Shrinkable } from "../../src/caching/memory-pressure.ts";
import { recordMessages } from "./recorded-messages.ts";
import { scratchFolder } from "./scratch-folder.ts";

/** A cache of entries of 10 bytes, that notes what was asked of it. */
class Entries implements Shrinkable {
  readonly asked: number[] = [];
  memoryBytes: number;

  constructor(memoryBytes: number) {
    this.memoryBytes = memoryBytes;
  }

  shrink(bytes: number): number {
    this.asked.push(bytes);
    const freed = Math.min(this.memoryBytes, Math.ceil(bytes / 10) * 10);
    this.memoryBytes -= freed;
    return freed;
  }
}

let clock: ManualClock;
let usedPercent: number | undefined;
let validation: Entries;
let resize: Entries;
let frame: Entries;
let warnings: string[];

beforeEach(() => {
  clock = new ManualClock();
  usedPercent = 0;
  validation = new Entries(100);
  resize = new Entries(200);
  frame = new Entries(700);
  warnings = [];
});

function newPressure(options: Partial<MemoryPressureOptions> = {}): MemoryPressure {
  return new MemoryPressure({
    caches: { validation, resize, frame },
    probe: () => (usedPercent === undefined ? undefined : { usedBytes: usedPercent, totalBytes: 100 }),
    clock,
    onWarning: (message) => warnings.push(message),
    ...options,
  });
}
const held = (): number[] => [validation, resize, frame].map(({ memoryBytes }) => memoryBytes);

describe("MemoryPressure", () => {
  test.each([
    [69, [100, 200, 700]],
    // 15, 30 and 50 % of 1000 bytes: from validation first, then resize, then frame.
    [70, [0, 150, 700]],
    [80, [0, 0, 700]],
    [95, [0, 0, 500]],
  ])("with %d %% of memory in use leaves the caches %j bytes", (percent, left) => {
    usedPercent = percent;
    newPressure().look();
    expect(held()).toEqual(left);
  });

  test("asks each cache for what is left to be freed, and no further cache when nothing is", () => {
    usedPercent = 70;
    newPressure().look();
    expect([validation.asked, resize.asked, frame.asked]).toEqual([[150], [50], []]);
  });

  test("evicts again after the cooldown only, but at once when it gets worse", () => {
    const pressure = newPressure();
    usedPercent = 72;
    pressure.look();
    clock.advance(29);
    pressure.look();
    expect(held()).toEqual([0, 150, 700]);
    clock.advance(1);
    pressure.look();
    expect(held()).toEqual([0, 20, 700]);
    usedPercent = 81;
    pressure.look();
    expect(held()).toEqual([0, 0, 500]);
    // Back at the lower level, nothing new has happened.
    usedPercent = 72;
    clock.advance(5);
    pressure.look();
    expect(held()).toEqual([0, 0, 500]);
  });

  test("holds a level until memory is five points below where it began", () => {
    const pressure = newPressure();
    const levels = [81, 76, 74, 66, 64].map((percent) => {
      usedPercent = percent;
      return pressure.look();
    });
    expect(levels).toEqual(["critical", "critical", "warning", "warning", "normal"]);
  });

  test("goes on with the next cache when one fails, and says so once", () => {
    usedPercent = 80;
    validation.shrink = () => {
      throw new Error("stuck");
    };
    const pressure = newPressure();
    pressure.look();
    expect(held()).toEqual([100, 0, 600]);
    clock.advance(30);
    pressure.look();
    expect(warnings).toEqual(["the validation cache gave no memory back: stuck"]);
  });

  test("is normal when nobody can tell how much memory is in use", () => {
    usedPercent = 96;
    const pressure = newPressure();
    expect(pressure.look()).toBe("emergency");
    usedPercent = undefined;
    expect(pressure.look()).toBe("normal");
    const failing = newPressure({
      probe: () => {
        throw new Error("no /proc");
      },
    });
    expect([failing.look(), failing.look()]).toEqual(["normal", "normal"]);
    expect(newPressure({ probe: () => ({ usedBytes: 0, totalBytes: 0 }) }).look()).toBe("normal");
    expect(warnings).toEqual(["the memory in use cannot be told: no /proc"]);
  });

  test("tells of each look, with what was freed", () => {
    const messages = recordMessages("giflab:memory-pressure");
    const pressure = newPressure();
    for (const percent of [10, 70]) {
      usedPercent = percent;
      pressure.look();
    }
    expect(messages).toEqual([
      { level: "normal", usedBytes: 10, totalBytes: 100, freed: [] },
      {
        level: "warning",
        usedBytes: 70,
        totalBytes: 100,
        freed: [
          { cache: "validation", bytes: 100 },
          { cache: "resize", bytes: 50 },
        ],
      },
    ]);
  });

  test("takes other thresholds and refuses those that make no sense", () => {
    usedPercent = 50;
    expect(newPressure({ warningRatio: 0.5 }).look()).toBe("warning");
    for (const [options, message] of [
      [{ warningRatio: 0.9 }, "must rise from above 0 to at most 1, got 0.9, 0.8, 0.95"],
      [{ emergencyRatio: 95 }, "must rise from above 0 to at most 1, got 0.7, 0.8, 95"],
      [{ hysteresisRatio: -0.1 }, "hysteresisRatio must be from 0 to below warningRatio, got -0.1"],
      [{ intervalSeconds: 0 }, "intervalSeconds must be a number of seconds above 0, got 0"],
      [{ cooldownSeconds: Number.NaN }, "cooldownSeconds must be a number of seconds above 0, got NaN"],
    ] as const) {
      expect(() => newPressure(options)).toThrow(message);
    }
  });
});

test("a process whose memory runs out has its caches give back at least half, validation first, and ends by itself", () => {
  const script = join(import.meta.dirname, "pressed-process.ts");
  const output = execFileSync(process.execPath, ["--conditions=@giflab/source", script, scratchFolder(), "400"], {
    encoding: "utf8",
    timeout: 60_000,
  });
  const { calm, level, before, after, ballast } = JSON.parse(output) as {
    calm: string;
    level: string;
    before: [number, number];
    after: [number, number];
    ballast: number;
  };
  expect(calm).toBe("normal");
  expect(level).toBe("emergency");
  expect(ballast).toBeGreaterThan(0);
  expect(before[0]).toBeGreaterThan(0);
  expect(after[0]).toBe(0);
  expect(after[1]).toBeLessThanOrEqual(before[1] / 2);
});
