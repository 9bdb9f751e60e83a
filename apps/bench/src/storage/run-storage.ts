import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figure } from "../figure.ts";
import { printFigures } from "../table.ts";
import { measureData } from "./measure-data.ts";
import { measureHistory } from "./measure-history.ts";
import { measurePeers } from "./peers/measure-peers.ts";
import { traceData, workloadData } from "./storage-data.ts";

/** `GIFLAB_BENCH_PEER_DAYS=0.25` for a quick look. */
const PEER_DAYS = Number(process.env["GIFLAB_BENCH_PEER_DAYS"] ?? 1);

const PARTS: Readonly<Record<string, (folder: string) => Promise<Figure[]>>> = {
  workload: (folder) => measureData(folder, workloadData),
  history: measureHistory,
  peers: (folder) => measurePeers(folder, { ...workloadData, days: PEER_DAYS, bucketRange: [1e-4, 10] }),
  trace: (folder) => measureData(folder, traceData()),
  "trace-peers": (folder) => {
    const data = traceData();
    // Once, without repetition: a peer that looks back further than ours would find what it has seen before.
    return measurePeers(folder, { ...data, days: data.hours / 24, bucketRange: [1e-6, 100] });
  },
};

/** What the SQLite store needs and how fast it answers. `names` picks parts; all without. */
export async function runStorage(names: readonly string[] = []): Promise<Figure[]> {
  const all: Figure[] = [];
  for (const [name, measure] of Object.entries(PARTS)) {
    if (names.length > 0 && !names.includes(name)) continue;
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
