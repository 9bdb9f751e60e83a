import type { Figure } from "../figure.ts";
import { type Contestant, interleave, type Timing } from "../interleaved-run.ts";
import { printFigures, printTimings } from "../table.ts";
import { byNameSuite } from "./by-name-suite.ts";
import { histogramSuite, timerSuite } from "./distribution-suites.ts";
import { counterSuite, disabledSuite, gaugeSuite } from "./handle-suites.ts";
import { instrumentationSuite } from "./instrumentation-suite.ts";

const SUITES = [counterSuite, gaugeSuite, byNameSuite, histogramSuite, timerSuite, instrumentationSuite, disabledSuite];

/** What one recorded event costs. */
export async function runHotPath(): Promise<Figure[]> {
  const all: Figure[] = [];
  for (const suite of SUITES) {
    const { contestants, close } = await suite.prepare();
    const timings = await interleave(contestants);
    const bytes = bytesPerCall(contestants[0]!);
    await close();
    printTimings(suite.title, timings);
    console.log(`  ours allocates ${bytes.toFixed(1)} bytes a call`);
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
function bytesPerCall({ run }: Contestant): number {
  const calls = 100_000;
  const tries = Array.from({ length: 5 }, () => {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    run(calls);
    return (process.memoryUsage().heapUsed - before) / calls;
  });
  return Math.max(0, Math.min(...tries.filter((bytes) => bytes > -1)));
}
