import { parentPort, workerData } from "node:worker_threads";
import type { UpkeepOrder } from "./upkeep-order.ts";
import { runUpkeep } from "./upkeep-run.ts";

// The program of the threads that `UpkeepThread` starts.
parentPort?.postMessage(runUpkeep(workerData as UpkeepOrder));
