import { runAlerting } from "./alerting/run-alerting.ts";
import { runBackends } from "./backends/run-backends.ts";
import { runCli } from "./cli/run-cli.ts";
import { runExporters } from "./exporters/run-exporters.ts";
import type { Figure } from "./figure.ts";
import { runFleet } from "./fleet/run-fleet.ts";
import { runGif } from "./gif/run-gif.ts";
import { runHotPath } from "./hot-path/run-hot-path.ts";
import { printMachine } from "./machine.ts";
import { runManySeries } from "./many-series.ts";
import { runOverhead } from "./overhead/run-overhead.ts";
import { runStorage } from "./storage/run-storage.ts";
import { recordTrace } from "./trace/record-trace.ts";

/** Run only when asked for by name. */
const BY_NAME_ONLY: Readonly<Record<string, () => Promise<Figure[]>>> = { "record-trace": recordTrace };

/** By name. `gif:decode` is the part `decode` of `gif`; `overhead` and `exporters` have parts too. */
const SUITES: Readonly<Record<string, (parts: readonly string[]) => Promise<Figure[]>>> = {
  // Memory first: what the other suites leave in the heap would be counted with the series.
  "many-series": runManySeries,
  "hot-path": runHotPath,
  gif: runGif,
  storage: runStorage,
  alerting: runAlerting,
  backends: runBackends,
  overhead: runOverhead,
  exporters: runExporters,
  cli: runCli,
  fleet: runFleet,
};

const ALL: typeof SUITES = { ...SUITES, ...BY_NAME_ONLY };

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(ALL, suiteOf(name)));
  if (unknown.length > 0) {
    console.error(`no benchmark is called ${unknown.join(", ")}; there are: ${Object.keys(ALL).join(", ")}`);
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
  for (const name of names.length === 0 ? Object.keys(SUITES) : names) {
    const parts = name.split(":").slice(1);
    figures.push(...(await ALL[suiteOf(name)]!(parts)));
  }
  const missed = figures.filter(({ reached }) => !reached);
  console.log(`\n${figures.length - missed.length} of ${figures.length} figures reached`);
}

function suiteOf(name: string): string {
  return name.split(":", 1)[0]!;
}

await main(process.argv.slice(2));
