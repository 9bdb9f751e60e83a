// What the thread of `upkeep-thread.ts` runs.
import { parentPort, workerData } from "node:worker_threads";
import type { UpkeepOrder } from "./upkeep-order.ts";
import { runUpkeep } from "./upkeep-run.ts";

parentPort?.postMessage(runUpkeep(workerData as UpkeepOrder));
