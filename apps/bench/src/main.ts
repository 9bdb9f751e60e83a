import type { Figure } from "./figure.ts";
import { runHotPath } from "./hot-path/run-hot-path.ts";
import { printMachine } from "./machine.ts";
import { runManySeries } from "./many-series.ts";

const SUITES: Readonly<Record<string, () => Promise<Figure[]>>> = {
  // Memory first: what the other suites leave in the heap would be counted with the series.
  "many-series": runManySeries,
  "hot-path": runHotPath,
};

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(SUITES, name));
  if (unknown.length > 0) {
    console.error(`no benchmark is called ${unknown.join(", ")}; there are: ${Object.keys(SUITES).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  if (globalThis.gc === undefined) {
    console.error("memory cannot be measured without --expose-gc: run this as `pnpm bench`");
    process.exitCode = 2;
    return;
  }
  printMachine();
  const figures: Figure[] = [];
  for (const name of names.length === 0 ? Object.keys(SUITES) : names) figures.push(...(await SUITES[name]!()));
  const missed = figures.filter(({ reached }) => !reached);
  console.log(`\n${figures.length - missed.length} of ${figures.length} figures reached`);
}

await main(process.argv.slice(2));
