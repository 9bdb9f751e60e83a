import { channel } from "node:diagnostics_channel";
import type { PressureLevel } from "./pressure-level.ts";

/** Memory that a cache gave back. */
export interface FreedMemory {
  /** `validation`, `resize`, `frame`. */
  readonly cache: string;
  readonly bytes: number;
}

/** What is told after each look at the memory in use, on the `node:diagnostics_channel` `giflab:memory-pressure`. */
export interface MemoryPressureMessage {
  readonly level: PressureLevel;
  /** Both 0 when it cannot be told. */
  readonly usedBytes: number;
  readonly totalBytes: number;
  readonly freed: readonly FreedMemory[];
}

const pressureChannel = channel("giflab:memory-pressure");

/** Whether anybody listens. */
export function pressureIsObserved(): boolean {
  return pressureChannel.hasSubscribers;
}

/** Tells whoever listens; does nothing when nobody does. */
export function publishPressure(message: MemoryPressureMessage): void {
  pressureChannel.publish(message);
}
