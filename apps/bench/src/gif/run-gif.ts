import type { Figure } from "../figure.ts";
import { printFigures } from "../table.ts";
import { loadBenchSet } from "./bench-set.ts";
import { decodeSuite } from "./decode-suite.ts";
import { frameCacheSuite } from "./frame-cache-suite.ts";
import type { GifSuite } from "./gif-suite.ts";
import { lookUpSuite } from "./look-up-suite.ts";
import { newProcessSuite } from "./new-process-suite.ts";
import { qualitySuite } from "./quality-suite.ts";
import { resizeSuite } from "./resize-suite.ts";
import { samplingSuite } from "./sampling-suite.ts";
import { validationSuite } from "./validation-suite.ts";

const SUITES: readonly GifSuite[] = [
  decodeSuite,
  frameCacheSuite,
  newProcessSuite,
  lookUpSuite,
  validationSuite,
  resizeSuite,
  qualitySuite,
  samplingSuite,
];

/** What the GIF systems earn, each beside doing without it. `names` picks suites; all without. */
export async function runGif(names: readonly string[] = []): Promise<Figure[]> {
  const set = await loadBenchSet();
  const all: Figure[] = [];
  for (const suite of SUITES) {
    if (names.length > 0 && !names.includes(suite.name)) continue;
    const figures = await suite.run(set);
    printFigures(figures);
    all.push(...figures);
  }
  return all;
}
