import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";

/** How much memory is in use, and of how much, in bytes. */
export interface MemoryReading {
  readonly usedBytes: number;
  readonly totalBytes: number;
}

/** Reads the memory in use; `undefined` when that cannot be told. */
export type MemoryProbe = () => MemoryReading | undefined;

/**
 * The memory that this process would die for: that of its container (cgroup) where it has a limit, else the machine's.
 *
 * In a container the kernel counts the pages of files that were read or written as used, and gives them up when memory is
 * asked for: those that were not used lately do not count here.
 */
export function probeMemory(): MemoryReading | undefined {
  const machineBytes = totalmem();
  const limitBytes = process.constrainedMemory();
  // Without a limit it is 0, or a number far beyond the machine.
  if (limitBytes > 0 && limitBytes < machineBytes) {
    const used = limitBytes - process.availableMemory() - idleFileBytes();
    return { usedBytes: Math.max(0, used), totalBytes: limitBytes };
  }
  return machineBytes > 0 ? { usedBytes: machineBytes - freemem(), totalBytes: machineBytes } : undefined;
}

/** Where the kernel tells of this process's cgroup: version 2, then version 1; inside a container paths begin at its own. */
function statFiles(): readonly string[] {
  const groups = readFileSync("/proc/self/cgroup", "utf8").split("\n");
  const pathOf = (prefix: RegExp): string => groups.find((line) => prefix.test(line))?.replace(prefix, "") ?? "/";
  return [
    `/sys/fs/cgroup${pathOf(/^0::/)}/memory.stat`,
    "/sys/fs/cgroup/memory.stat",
    `/sys/fs/cgroup/memory${pathOf(/^\d+:memory:/)}/memory.stat`,
    "/sys/fs/cgroup/memory/memory.stat",
  ];
}

/** Pages of files that the kernel would give up first; 0 where it does not tell. */
function idleFileBytes(): number {
  try {
    for (const file of statFiles()) {
      const stat = readOptional(file);
      // Version 1 has one that leaves out the groups below, and one that does not.
      const match = /^total_inactive_file (\d+)$/m.exec(stat) ?? /^inactive_file (\d+)$/m.exec(stat);
      if (match !== null) return Number(match[1]);
    }
  } catch {
    // No /proc: not Linux.
  }
  return 0;
}

function readOptional(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
