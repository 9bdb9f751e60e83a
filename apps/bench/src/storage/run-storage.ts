import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figure } from "../figure.ts";
import { printFigures } from "../table.ts";
import { TRACE_PATH } from "../trace/repeated-trace.ts";
import { measureData } from "./measure-data.ts";
import { traceData, workloadData } from "./storage-data.ts";

const PARTS: Readonly<Record<string, (folder: string) => Promise<Figure[]>>> = {
  workload: (folder) => measureData(folder, workloadData),
  trace: (folder) => measureData(folder, traceData()),
};

/** What the SQLite store needs and how fast it answers. `names` picks parts; all without. */
export async function runStorage(names: readonly string[] = []): Promise<Figure[]> {
  const all: Figure[] = [];
  for (const [name, measure] of Object.entries(PARTS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    if (name === "trace" && !existsSync(TRACE_PATH)) {
      console.log(`${TRACE_PATH} is not there: record one with \`pnpm bench record-trace\``);
      continue;
    }
    const folder = mkdtempSync(join(tmpdir(), "giflab-bench-"));
    try {
      const figures = await measure(folder);
      printFigures(figures);
      all.push(...figures);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return all;
}
