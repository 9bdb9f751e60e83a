import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type MetricSnapshot, type MetricsBackend, MetricsCollector, setMetricsCollector } from "@giflab/metrics-core";
import { instrumentAllSystems, registerExtension } from "@giflab/monitoring";
import { makeSampleGifs, type SamplingStrategy } from "@giflab/processing";
import { processingExtension } from "@giflab/processing/monitoring";
import { openApp, runApp } from "../app/processing-app.ts";
import type { Figure } from "../figure.ts";
import { machineName } from "../machine.ts";
import { recordProcess } from "./process-metrics.ts";
import { TRACE_PATH } from "./repeated-trace.ts";
import { writeTrace } from "./trace-file.ts";

const FLUSH_SECONDS = 1;
const DEFAULT_SECONDS = 1800;
/** Services are opened anew after this many runs, with the next of the strategies. */
const RUNS_A_SESSION = 5;
const STRATEGIES: readonly SamplingStrategy[] = ["uniform", "adaptive", "progressive", "scene_aware", "full"];
/** So small that a session fills them: a cache that never evicts would leave its counters at zero. */
const MEMORY_LIMITS_MB = { frame: 24, validation: 0.02, resize: 2 };
/** Share of GIFs that come as a new file, and miss the caches. */
const NEW_FILES = 0.3;
const MOST_GIFS = 4;
const PAUSE_SECONDS = [1, 8] as const;

/** Keeps what it is given. */
class KeptSnapshots implements MetricsBackend {
  readonly name = "trace";
  readonly snapshots: MetricSnapshot[] = [];
  write(snapshot: MetricSnapshot): void {
    this.snapshots.push(snapshot);
  }
  async close(): Promise<void> {}
}

/**
 * Records a new trace in place of the one in the repository: the processing app works for a while (`GIFLAB_TRACE_SECONDS`,
 * default half an hour) on a few GIFs at a time, with pauses as somebody makes who feeds it, and with everything instrumented.
 */
export async function recordTrace(): Promise<Figure[]> {
  const seconds = Number(process.env["GIFLAB_TRACE_SECONDS"] ?? DEFAULT_SECONDS);
  const folder = mkdtempSync(join(tmpdir(), "giflab-trace-"));
  const kept = new KeptSnapshots();
  setMetricsCollector(new MetricsCollector({ service: "giflab", bufferSize: 1_000_000 }));
  registerExtension(processingExtension);
  const monitoring = await instrumentAllSystems({
    config: { monitoring: { backend: [kept], flushIntervalSeconds: FLUSH_SECONDS } },
  });
  const endRecording = recordProcess(monitoring.collector);
  try {
    await work(folder, performance.now() + seconds * 1000, monitoring.collector);
  } finally {
    endRecording();
    await monitoring.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const origin = {
    recordedAt: new Date().toISOString(),
    machine: machineName(),
    node: process.version,
    flushIntervalSeconds: FLUSH_SECONDS,
    note: `runs of quick-test over 1 to ${MOST_GIFS} of the built-in GIFs, ${NEW_FILES * 100} % of them new files, pauses of ${PAUSE_SECONDS.join(" to ")} s`,
  };
  writeTrace(TRACE_PATH, origin, kept.snapshots);
  const points = kept.snapshots.reduce((sum, snapshot) => sum + snapshot.points.length, 0);
  console.log(`${TRACE_PATH}: ${kept.snapshots.length} flushes, ${points} points`);
  return [];
}

async function work(folder: string, until: number, collector: MetricsCollector): Promise<void> {
  const samples = await makeSampleGifs(join(folder, "samples"));
  const done = collector.counter("run.gifs");
  const duration = collector.timer("run.duration");
  let files = 0;
  for (let session = 0; performance.now() < until; session++) {
    const defaultStrategy = STRATEGIES[session % STRATEGIES.length]!;
    const services = await openApp(folder, {
      frameCache: { memoryLimitMb: MEMORY_LIMITS_MB.frame },
      validationCache: { memoryLimitMb: MEMORY_LIMITS_MB.validation },
      resizeCache: { memoryLimitMb: MEMORY_LIMITS_MB.resize },
      frameSampling: { defaultStrategy, minFramesThreshold: 5 },
    });
    try {
      for (let run = 0; run < RUNS_A_SESSION && performance.now() < until; run++) {
        const paths = Array.from({ length: 1 + Math.floor(Math.random() * MOST_GIFS) }, () => {
          const sample = samples[Math.floor(Math.random() * samples.length)]!;
          if (Math.random() >= NEW_FILES) return sample;
          const copy = join(folder, `new-${files++}.gif`);
          copyFileSync(sample, copy);
          return copy;
        });
        await duration.time(() => runApp(services, [...new Set(paths)], folder));
        done.add(paths.length);
        const [least, most] = PAUSE_SECONDS;
        await pause((least + Math.random() * (most - least)) * 1000);
      }
    } finally {
      await services.close();
    }
  }
}
