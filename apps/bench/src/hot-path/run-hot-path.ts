import type { Figure } from "../figure.ts";
import { type Contestant, interleave, type Timing } from "../interleaved-run.ts";
import { printFigures, printTimings } from "../table.ts";
import { byNameSuite } from "./by-name-suite.ts";
import { combinationsSuite } from "./combinations-suite.ts";
import { countersInTurnSuite } from "./counters-in-turn-suite.ts";
import { disabledSuite } from "./disabled-suite.ts";
import { histogramSuite, timerSuite } from "./distribution-suites.ts";
import { counterSuite, gaugeSuite } from "./handle-suites.ts";
import type { HotPathSuite } from "./hot-path-suite.ts";
import { instrumentationSuite } from "./instrumentation-suite.ts";
import { threadCounterSuite, threadHistogramSuite } from "./worker-thread-suites.ts";
import { asyncWrapperSuite, wrapperSuite } from "./wrapper-suites.ts";

/** By name, as in `pnpm bench hot-path:timer`. */
const SUITES: Readonly<Record<string, HotPathSuite>> = {
  counter: counterSuite,
  "counters-in-turn": countersInTurnSuite,
  gauge: gaugeSuite,
  "by-name": byNameSuite,
  combinations: combinationsSuite,
  histogram: histogramSuite,
  timer: timerSuite,
  wrapper: wrapperSuite,
  "async-wrapper": asyncWrapperSuite,
  channel: instrumentationSuite,
  "thread-counter": threadCounterSuite,
  "thread-histogram": threadHistogramSuite,
  disabled: disabledSuite,
};

/** What one recorded event costs; `parts` are the suites wanted, all if there are none. */
export async function runHotPath(parts: readonly string[] = []): Promise<Figure[]> {
  const all: Figure[] = [];
  for (const part of parts.length === 0 ? Object.keys(SUITES) : parts) {
    const suite = SUITES[part];
    if (suite === undefined)
      throw new Error(`hot-path has no part ${part}; there are: ${Object.keys(SUITES).join(", ")}`);
    const { contestants, elsewhere = false, close } = await suite.prepare();
    const timings = await interleave(contestants);
    const bytes = await bytesPerCall(contestants[0]!);
    await close();
    printTimings(suite.title, timings);
    if (!elsewhere) console.log(`  ours allocates ${bytes.toFixed(1)} bytes a call`);
    const figures = suite.figures.map((figure) => figure((name) => timingOf(timings, name)));
    printFigures(figures);
    all.push(...figures);
  }
  return all;
}

function timingOf(timings: readonly Timing[], name: string): Timing {
  const found = timings.find((timing) => timing.name === name);
  if (found === undefined) throw new Error(`no contestant is called ${name}`);
  return found;
}

/** Growth of the heap over 100,000 calls, too few to set off a collection; the smallest of several tries. */
async function bytesPerCall({ run }: Contestant): Promise<number> {
  const calls = 100_000;
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 5; tries++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    await run(calls);
    const bytes = (process.memoryUsage().heapUsed - before) / calls;
    // Less than before means that a collection came between.
    if (bytes > -1) least = Math.min(least, bytes);
  }
  return Math.max(0, least);
}
