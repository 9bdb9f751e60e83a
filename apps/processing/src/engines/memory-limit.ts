import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import type { ResolvedEngineLimits } from "./engine-limits.ts";

interface LimitedCall {
  readonly path: string;
  readonly args: readonly string[];
  readonly limits: ResolvedEngineLimits;
  readonly prlimit: string | undefined;
}

const MB = 2 ** 20;
const POLL_SECONDS = 0.1;
/** Processor seconds per second of wall clock: ends what outlived a killed parent, and never one that keeps its time. */
const CPU_PER_SECOND = 4;

/**
 * The call with its limits set by the kernel, where `prlimit` (util-linux) is there to set them: address space, no core
 * dumps, and processor time as a bound for a child whose parent was killed. `prlimit` becomes the program, so that the
 * child is the program itself.
 */
export function withMemoryLimit({ path, args, limits, prlimit }: LimitedCall): {
  path: string;
  args: readonly string[];
} {
  if (prlimit === undefined) return { path, args };
  const space = Math.ceil(limits.memoryMb * MB);
  const cpuSeconds = Math.ceil(limits.timeoutSeconds * CPU_PER_SECOND);
  return { path: prlimit, args: [`--as=${space}`, "--core=0", `--cpu=${cpuSeconds}`, "--", path, ...args] };
}

/** MB that a process has resident; `undefined` when it has ended or the system has no /proc. */
function residentMb(pid: number): number | undefined {
  try {
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return kb === undefined ? undefined : Number(kb) / 1024;
  } catch {
    return undefined;
  }
}

/**
 * Without `prlimit`: looks at what the child has resident ten times a second and reports when it is more than allowed.
 * Systems without /proc have no memory limit. Call the result when the child has ended.
 */
export function guardMemory(
  { limits, prlimit }: Pick<LimitedCall, "limits" | "prlimit">,
  child: ChildProcess,
  report: (usedMb: number) => void,
): () => void {
  const { pid } = child;
  if (prlimit !== undefined || pid === undefined) return () => {};
  const timer = setInterval(() => {
    const used = residentMb(pid);
    if (used !== undefined && used > limits.memoryMb) report(Math.round(used));
  }, POLL_SECONDS * 1000);
  return () => clearInterval(timer);
}
