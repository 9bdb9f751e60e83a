import type { Figure } from "../figure.ts";
import { printFigures } from "../table.ts";
import { measureEventCost } from "./event-cost.ts";
import { measureFlushDelay } from "./flush-delay.ts";
import { measureInterleaved } from "./interleaved-runs.ts";
import { measureMemory } from "./memory.ts";
import { measureUpkeep } from "./upkeep.ts";

const PARTS: Readonly<Record<string, () => Promise<Figure[]>>> = {
  "event-loop": measureFlushDelay,
  upkeep: measureUpkeep,
  memory: measureMemory,
  events: measureEventCost,
  runs: measureInterleaved,
};

/** What monitoring costs its host: processor time, memory and the event loop. `names` picks parts; all without. */
export async function runOverhead(names: readonly string[] = []): Promise<Figure[]> {
  const all: Figure[] = [];
  for (const [name, measure] of Object.entries(PARTS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const figures = await measure();
    printFigures(figures);
    all.push(...figures);
  }
  return all;
}
