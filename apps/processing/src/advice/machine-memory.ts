import { totalmem } from "node:os";

const MB = 2 ** 20;

/** The memory that this machine, or the limit of the container around this process, allows, in MB. */
export function machineMemory(): { readonly memoryMb: number; readonly source: "machine" | "container" } {
  const total = totalmem();
  const constrained = process.constrainedMemory();
  // Without a limit it is 0, or a number far beyond the machine.
  if (constrained > 0 && constrained < total) return { memoryMb: constrained / MB, source: "container" };
  return { memoryMb: total / MB, source: "machine" };
}
