import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PRESSURE_LEVELS, pressureLevel } from "../../src/caching/pressure-level.ts";

const usual = { warningRatio: 0.7, criticalRatio: 0.8, emergencyRatio: 0.95, hysteresisRatio: 0.05 };

describe("the level of memory pressure", () => {
  test.each([
    [0, "normal"],
    [0.699, "normal"],
    [0.7, "warning"],
    [0.8, "critical"],
    [0.949, "critical"],
    [0.95, "emergency"],
    [1, "emergency"],
  ] as const)("at %d is %s coming from normal", (used, level) => {
    expect(pressureLevel(used, "normal", usual)).toBe(level);
  });

  test("ends five points below where it began", () => {
    expect(pressureLevel(0.75, "critical", usual)).toBe("critical");
    expect(pressureLevel(0.749, "critical", usual)).toBe("warning");
    expect(pressureLevel(0.65, "warning", usual)).toBe("warning");
    expect(pressureLevel(0.649, "warning", usual)).toBe("normal");
    expect(pressureLevel(0.9, "emergency", usual)).toBe("emergency");
    expect(pressureLevel(0.3, "emergency", usual)).toBe("normal");
  });

  test("never flickers: a share that stays within five points changes the level once at most", () => {
    const near = fc.record({
      middle: fc.double({ min: 0.1, max: 0.99, noNaN: true }),
      at: fc.array(fc.double({ min: 0, max: 0.0499, noNaN: true }), { maxLength: 40 }),
    });
    fc.assert(
      fc.property(near, fc.constantFrom(...PRESSURE_LEVELS), ({ middle, at }, start) => {
        let level = pressureLevel(middle, start, usual);
        const began = PRESSURE_LEVELS.indexOf(level);
        let rises = 0;
        for (const more of at) {
          const next = pressureLevel(middle + more, level, usual);
          expect(PRESSURE_LEVELS.indexOf(next)).toBeGreaterThanOrEqual(began);
          if (next !== level) rises++;
          level = next;
        }
        expect(rises).toBeLessThanOrEqual(1);
      }),
    );
  });
});
