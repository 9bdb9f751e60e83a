import type { GaugeMerge } from "@giflab/metrics-core";
import type { InstanceState } from "./instance-state.ts";

/** What a gauge reads in each process; mostly it is one process. */
export class GaugeValues {
  /** The process that has set it most recently. */
  #latest: InstanceState | undefined;
  #value = 0;
  /** The others, the most recent last. */
  #others: Map<InstanceState, number> | undefined;

  set(instance: InstanceState, value: number): void {
    if (this.#latest !== instance) {
      if (this.#latest !== undefined) {
        this.#others ??= new Map();
        this.#others.set(this.#latest, this.#value);
        this.#others.delete(instance);
      }
      this.#latest = instance;
    }
    this.#value = value;
  }

  /** What it reads in one process. */
  of(instance: InstanceState): number | undefined {
    return this.#latest === instance ? this.#value : this.#others?.get(instance);
  }

  /** Forgets a process that has ended. */
  forget(ended: InstanceState): void {
    this.#others?.delete(ended);
    if (this.#latest !== ended) return;
    this.#latest = undefined;
    const last = this.#others === undefined ? undefined : [...this.#others].at(-1);
    if (last === undefined) return;
    this.#others?.delete(last[0]);
    [this.#latest, this.#value] = last;
  }

  /** The live processes with their values, the most recent one first. */
  live(monotonic: number): [InstanceState, number][] {
    const all: [InstanceState, number][] = [];
    if (this.#latest?.isLive(monotonic)) all.push([this.#latest, this.#value]);
    if (this.#others !== undefined) {
      for (const entry of [...this.#others].reverse()) if (entry[0].isLive(monotonic)) all.push(entry);
    }
    return all;
  }

  /** One value for all live processes; `undefined` when there are none. */
  merged(merge: GaugeMerge, monotonic: number): number | undefined {
    const latest = this.#latest;
    if (this.#others === undefined || this.#others.size === 0) {
      return latest?.isLive(monotonic) ? this.#value : undefined;
    }
    const values = this.live(monotonic).map(([, value]) => value);
    if (values.length === 0) return undefined;
    if (merge === "last") return values[0];
    if (merge === "max") return Math.max(...values);
    const sum = values.reduce((total, value) => total + value, 0);
    return merge === "sum" ? sum : sum / values.length;
  }
}
