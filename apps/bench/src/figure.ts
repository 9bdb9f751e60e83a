import { ratio, type Timing } from "./interleaved-run.ts";

/** A figure to reach, judged by what was measured. */
export interface Figure {
  readonly text: string;
  readonly got: string;
  readonly reached: boolean;
}

/** A figure of timings that a suite looks up by contestant. */
export type TimingFigure = (of: (name: string) => Timing) => Figure;

/** `name` takes at most `ns` nanoseconds. */
export function atMostNs(name: string, ns: number): TimingFigure {
  return (of) => ({ text: `${name} <= ${ns} ns`, got: `${of(name).ns.toFixed(1)} ns`, reached: of(name).ns <= ns });
}

/** `name` is at least `times` faster than `peer`. */
export function timesFaster(name: string, peer: string, times: number): TimingFigure {
  return (of) => {
    const got = ratio(of(peer), of(name));
    return { text: `>= ${times}x ${peer}`, got: `${got.toFixed(1)}x`, reached: got >= times };
  };
}

/** `name` takes at most `ns` nanoseconds more than `floor`. */
export function atMostAbove(name: string, floor: string, ns: number): TimingFigure {
  return (of) => {
    const got = of(name).ns - of(floor).ns;
    return { text: `${name} <= ${floor} + ${ns} ns`, got: `+ ${got.toFixed(1)} ns`, reached: got <= ns };
  };
}

/** A number with a unit is at most a limit. */
export function atMost(what: string, got: number, limit: number, unit: string): Figure {
  return { text: `${what} <= ${limit} ${unit}`, got: `${got.toPrecision(3)} ${unit}`, reached: got <= limit };
}

/** Something takes at least `saved` (0 to 1) less time than another way; `timesAsLong` is what it takes of it. */
export function lessTime(what: string, timesAsLong: number, saved: number): Figure {
  const got = 1 - timesAsLong;
  return { text: `${what}: >= ${100 * saved} % less time`, got: `${(100 * got).toFixed(1)} %`, reached: got >= saved };
}

/** A number is at least a limit. */
export function atLeast(what: string, got: number, limit: number): Figure {
  return { text: `${what} >= ${limit}`, got: got.toFixed(0), reached: got >= limit };
}
