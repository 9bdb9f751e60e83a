import type { ChildProcess } from "node:child_process";

const running = new Set<ChildProcess>();

/** Kills a child that leads a process group, and everything in the group. Nothing happens when nobody is left. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") child.kill("SIGKILL");
  }
}

function killAll(): void {
  for (const child of running) killGroup(child);
}

/** Makes sure that a child does not outlive this process when it calls `process.exit`. Call the result when it has ended. */
export function trackGroup(child: ChildProcess): () => void {
  if (running.size === 0) process.on("exit", killAll);
  running.add(child);
  return () => {
    running.delete(child);
    if (running.size === 0) process.off("exit", killAll);
  };
}
