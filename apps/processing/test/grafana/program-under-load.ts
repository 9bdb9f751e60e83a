import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AlertEngine, AlertManager, defaultAlertRules } from "@giflab/alerting";
import { instrumentChannels } from "@giflab/instrumentation";
import { MemoryBackend, type MetricsBackend, MetricsCollector } from "@giflab/metrics-core";
import { FrameCache } from "../../src/caching/frame-cache.ts";
import { MemoryPressure } from "../../src/caching/memory-pressure.ts";
import { ResizedFrameCache } from "../../src/caching/resized-frame-cache.ts";
import { ValidationCache } from "../../src/caching/validation-cache.ts";
import { processingMetrics } from "../../src/config/processing-metrics.ts";
import { decodeGif } from "../../src/gif/decode-gif.ts";
import { makeSampleGif } from "../../src/gif/make-sample-gifs.ts";
import { SAMPLE_SCENES } from "../../src/gif/sample-scenes.ts";
import { LazyModule } from "../../src/lazy-imports/lazy-module.ts";
import { createSampler } from "../../src/sampling/frame-sampler.ts";
import { levelFrames } from "../sampling/level-frames.ts";

const SCENES = ["gradient-smooth", "motion-fast", "solid-static"];

const scene = (name: string) => SAMPLE_SCENES.find((one) => one.name === name)!;

/**
 * The monitored systems in this process, with caches that are too small for what they are asked: every metric of the
 * catalogue gets values. Recorded in memory and by the given backends.
 */
export class ProgramUnderLoad {
  readonly memory = new MemoryBackend();
  readonly collector: MetricsCollector;
  readonly #engine: AlertEngine;
  readonly #instrumentation: Disposable;
  readonly #paths: readonly string[];
  readonly #frames: FrameCache;
  readonly #validation: ValidationCache;
  readonly #resized: ResizedFrameCache;
  readonly #pressure: MemoryPressure;
  readonly #folder: string;
  #round = 0;

  constructor(folder: string, backends: readonly MetricsBackend[]) {
    this.#folder = folder;
    this.collector = new MetricsCollector({
      backends: [this.memory, ...backends],
      service: "grafana-test",
      handleSignals: false,
      // Flushed by the test, at moments that it knows.
      flushIntervalSeconds: 3600,
    });
    this.collector.define(processingMetrics);
    this.#instrumentation = instrumentChannels({ collector: this.collector });
    const manager = new AlertManager({ reader: this.memory, state: this.memory, rules: defaultAlertRules() });
    this.#engine = new AlertEngine({ manager, collector: this.collector, evaluateEverySeconds: 86_400 });
    this.#paths = SCENES.map((name) => {
      const path = join(folder, `${name}.gif`);
      writeFileSync(path, makeSampleGif(scene(name)));
      return path;
    });
    // The first scene takes more than all of it, the others push each other out.
    this.#frames = new FrameCache({ memoryLimitMb: 0.4, diskPath: join(folder, "frames.db") });
    this.#validation = new ValidationCache({ memoryLimitMb: 0.003, diskPath: join(folder, "validation.db") });
    this.#resized = new ResizedFrameCache({ memoryLimitMb: 0.05, clearSignalPath: join(folder, "cleared") });
    const caches = { frame: this.#frames, validation: this.#validation, resize: this.#resized };
    this.#pressure = new MemoryPressure({
      caches,
      cooldownSeconds: 0.001,
      probe: () => ({ usedBytes: 75, totalBytes: 100 }),
      onWarning: () => {},
    });
  }

  /** A second or less of everything that the systems do. */
  async work(): Promise<void> {
    const round = this.#round++;
    // One that nobody has seen, and one that has to be decoded again.
    const fresh = join(this.#folder, `fresh-${round}.gif`);
    writeFileSync(fresh, makeSampleGif(scene("gradient-tiny")));
    await this.#frames.invalidate(this.#paths[0]!);
    for (const path of [...this.#paths, this.#paths[2]!, fresh]) {
      const gif = await this.#frames.getOrDecode(path, (file) => decodeGif(file));
      const [first] = gif.frames;
      for (const width of [40, 60, 40, 500]) {
        this.#resized.get(
          { rgba: first!.rgba, width: gif.width, height: gif.height },
          { width, height: 30 },
          { identity: `${path}#${width === 60 ? round : round % 3}` },
        );
      }
    }
    for (const metric of ["ssim", "mse"]) {
      for (let pair = 0; pair < 12; pair++) {
        const query = { metric, frames: [`a${pair}`, `b${pair < 3 ? round : 0}`] as const, config: {} };
        if (this.#validation.get(query) === undefined) this.#validation.put(query, 0.5 + pair / 100);
        this.#validation.get(query);
      }
      const text = "x".repeat(4000);
      this.#validation.put({ metric, frames: [text, `${round}`], config: {} }, { [text]: 1 });
    }
    const { pool } = this.#resized;
    const [one, two] = [pool.acquire(1000 + round), pool.acquire(2000)];
    pool.release(one);
    pool.release(two);
    pool.release(pool.acquire(2000));
    const film = levelFrames(Array.from({ length: 120 }, (_, at) => at % 5));
    for (const strategy of ["uniform", "progressive"] as const) {
      const sampler = createSampler({ defaultStrategy: strategy });
      await sampler.process(film, (index) => index % 7, { value: (result) => result / 10 });
    }
    await new LazyModule(() => import("node:zlib"), { name: "zlib" }).get();
    await new LazyModule(() => Promise.reject(new Error("not there")), { name: "missing", fallback: 1 }).get();
    this.#pressure.look();
    this.collector.recordCounter("giflab.monitoring.dropped", 1, { backend: "test" });
    this.collector.reportError("grafana_test");
  }

  /** Evaluates alerts, so that their metrics have values, and hands everything to the backends. */
  async flush(): Promise<void> {
    await this.#engine.evaluate();
    await this.collector.flush();
  }

  async close(): Promise<void> {
    this.#pressure.stop();
    await Promise.all([this.#frames.close(), this.#validation.close()]);
    this.#resized.close();
    this.#instrumentation[Symbol.dispose]();
    await this.collector.close();
  }
}
