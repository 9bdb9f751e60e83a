import { type CacheClock, machineClock } from "./cache-clock.ts";
import { emitCacheWarning } from "./cache-options.ts";
import { type FreedMemory, pressureIsObserved, publishPressure } from "./memory-pressure-channel.ts";
import { type MemoryProbe, type MemoryReading, probeMemory } from "./memory-probe.ts";
import { PRESSURE_LEVELS, type PressureLevel, type PressureThresholds, pressureLevel } from "./pressure-level.ts";

/** Share of the caches' bytes that goes at each level. */
const EVICTED_SHARE: Readonly<Record<PressureLevel, number>> = {
  normal: 0,
  warning: 0.15,
  critical: 0.3,
  emergency: 0.5,
};

/** A cache that can give memory back. */
export interface Shrinkable {
  /** What it holds in memory now. */
  readonly memoryBytes: number;
  /** Lets entries go until it has freed `bytes`, or has nothing left. Returns how many bytes went. */
  shrink(bytes: number): number;
}

export interface MemoryPressureOptions extends Partial<PressureThresholds> {
  /** By name, in the order in which they give back: those first whose entries are the cheapest to make again. */
  readonly caches: Readonly<Record<string, Shrinkable>>;
  /** False: `start` does nothing. Default true. */
  readonly enabled?: boolean | undefined;
  /** Between two looks. Default 5. */
  readonly intervalSeconds?: number | undefined;
  /** Between two evictions at one level; a rise acts at once. Default 30. */
  readonly cooldownSeconds?: number | undefined;
  /** Default: the container's memory, or the machine's. */
  readonly probe?: MemoryProbe | undefined;
  readonly clock?: CacheClock | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Makes caches give memory back before it runs out: 15, 30 or 50 % of what they hold at `warning` (70 % of memory in use),
 * `critical` (80 %) and `emergency` (95 %), one cache after the other until enough is free.
 *
 * What goes is free once the garbage collector has been. Without a way to tell how much memory is in use the level is
 * `normal`. Publishes on `giflab:memory-pressure`.
 */
export class MemoryPressure implements Disposable {
  readonly #options: MemoryPressureOptions;
  readonly #thresholds: PressureThresholds;
  readonly #clock: CacheClock;
  readonly #probe: MemoryProbe;
  readonly #intervalSeconds: number;
  readonly #cooldownSeconds: number;
  readonly #onWarning: (message: string) => void;
  readonly #warned = new Set<string>();
  #level: PressureLevel = "normal";
  #evicted: { readonly at: number; readonly level: PressureLevel } | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @throws RangeError for thresholds that do not rise within 0 to 1, or times that are not positive */
  constructor(options: MemoryPressureOptions) {
    const { warningRatio = 0.7, criticalRatio = 0.8, emergencyRatio = 0.95, hysteresisRatio = 0.05 } = options;
    if (!(0 < warningRatio && warningRatio < criticalRatio && criticalRatio < emergencyRatio && emergencyRatio <= 1)) {
      throw new RangeError(
        `warningRatio, criticalRatio and emergencyRatio must rise from above 0 to at most 1, got ${warningRatio}, ${criticalRatio}, ${emergencyRatio}`,
      );
    }
    if (!(hysteresisRatio >= 0 && hysteresisRatio < warningRatio)) {
      throw new RangeError(`hysteresisRatio must be from 0 to below warningRatio, got ${hysteresisRatio}`);
    }
    this.#options = options;
    this.#thresholds = { warningRatio, criticalRatio, emergencyRatio, hysteresisRatio };
    this.#clock = options.clock ?? machineClock;
    this.#probe = options.probe ?? probeMemory;
    this.#intervalSeconds = positive("intervalSeconds", options.intervalSeconds ?? 5);
    this.#cooldownSeconds = positive("cooldownSeconds", options.cooldownSeconds ?? 30);
    this.#onWarning = options.onWarning ?? emitCacheWarning;
  }

  /** As of the last look. */
  get level(): PressureLevel {
    return this.#level;
  }

  /** Looks now and from now on, on a timer that keeps no process alive. */
  start(): void {
    if (this.#options.enabled === false || this.#timer !== undefined) return;
    this.look();
    this.#timer = setInterval(() => this.look(), this.#intervalSeconds * 1000);
    this.#timer.unref();
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** Looks once, and has caches give back what the level asks for. Never throws. */
  look(): PressureLevel {
    const reading = this.#read();
    const usedRatio = reading === undefined ? 0 : reading.usedBytes / reading.totalBytes;
    this.#level = pressureLevel(usedRatio, this.#level, this.#thresholds);
    const freed = this.#mayEvict() ? this.#evict() : [];
    if (pressureIsObserved()) {
      const { usedBytes = 0, totalBytes = 0 } = reading ?? {};
      publishPressure({ level: this.#level, usedBytes, totalBytes, freed });
    }
    return this.#level;
  }

  #read(): MemoryReading | undefined {
    try {
      const reading = this.#probe();
      return reading !== undefined && reading.totalBytes > 0 ? reading : undefined;
    } catch (error) {
      this.#warn("probe", `the memory in use cannot be told: ${messageOf(error)}`);
      return undefined;
    }
  }

  #mayEvict(): boolean {
    if (this.#level === "normal") return false;
    if (this.#evicted === undefined) return true;
    const rose = PRESSURE_LEVELS.indexOf(this.#level) > PRESSURE_LEVELS.indexOf(this.#evicted.level);
    return rose || this.#clock.monotonic() - this.#evicted.at >= this.#cooldownSeconds;
  }

  #evict(): readonly FreedMemory[] {
    const caches = Object.entries(this.#options.caches);
    const heldBytes = caches.reduce((sum, [, cache]) => sum + cache.memoryBytes, 0);
    // Empty caches have nothing to wait for.
    if (heldBytes === 0) return [];
    this.#evicted = { at: this.#clock.monotonic(), level: this.#level };
    let leftBytes = Math.ceil(heldBytes * EVICTED_SHARE[this.#level]);
    const freed: FreedMemory[] = [];
    for (const [cache, shrinkable] of caches) {
      if (leftBytes <= 0) break;
      try {
        const bytes = shrinkable.shrink(leftBytes);
        if (bytes > 0) freed.push({ cache, bytes });
        leftBytes -= bytes;
      } catch (error) {
        this.#warn(cache, `the ${cache} cache gave no memory back: ${messageOf(error)}`);
      }
    }
    return freed;
  }

  #warn(kind: string, message: string): void {
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    this.#onWarning(message);
  }
}

function positive(option: string, seconds: number): number {
  if (seconds > 0 && seconds < Number.POSITIVE_INFINITY) return seconds;
  throw new RangeError(`${option} must be a number of seconds above 0, got ${seconds}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
