/** Shorter turns are idle ones. */
const IDLE_MS = 0.5;

/** How long the event loop was kept busy at a time while something ran. */
export class LoopWatch {
  /** Milliseconds between one turn and the next, of turns in which something was done. */
  readonly turnsMs: number[] = [];
  /** Processor time of this thread in the same turns: what is left of them on a machine that has nothing else to do. */
  readonly cpuMs: number[] = [];

  async during<T>(work: () => Promise<T>): Promise<T> {
    let running = true;
    let [before, cpuBefore] = [performance.now(), threadCpuMs()];
    const turn = (): void => {
      const [now, cpu] = [performance.now(), threadCpuMs()];
      if (now - before >= IDLE_MS) {
        this.turnsMs.push(now - before);
        this.cpuMs.push(cpu - cpuBefore);
      }
      [before, cpuBefore] = [now, cpu];
      if (running) setImmediate(turn);
    };
    setImmediate(turn);
    try {
      return await work();
    } finally {
      running = false;
    }
  }
}

/** Processor time of this thread so far, in milliseconds. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
