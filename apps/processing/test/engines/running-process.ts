import { readFileSync } from "node:fs";

/** Whether a process is there and has not ended; Linux only. */
export function isRunning(pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)![0];
    return state !== "Z" && state !== "X";
  } catch {
    return false;
  }
}
