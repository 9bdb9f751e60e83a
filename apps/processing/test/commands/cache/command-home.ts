import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SqliteBackend } from "@giflab/backend-sqlite";
import { MetricsCollector } from "@giflab/metrics-core";
import { processingMetrics } from "../../../src/config/processing-metrics.ts";
import { encodeGif } from "../../../src/gif/encode-gif.ts";
import { scratchFolder } from "../../caching/scratch-folder.ts";
import { animation } from "../../caching/test-animation.ts";
import { runRecordingModules } from "../../loaded-modules.ts";

/** What a command wrote and how it ended. */
export interface CommandOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A home folder of a test's own in which commands run, with the caches and the metrics store in it. */
export class CommandHome {
  /** Where commands run. */
  readonly folder: string = scratchFolder();
  /** `~/.giflab_cache` */
  readonly cacheFolder: string = join(this.folder, "home", ".giflab_cache");

  constructor() {
    mkdirSync(this.cacheFolder, { recursive: true });
  }

  /** Runs commands one after the other in one process of its own: starting it is what takes long. */
  giflabs(...commands: readonly (readonly string[])[]): {
    readonly outcomes: readonly CommandOutcome[];
    readonly loaded: readonly string[];
  } {
    const { stdout, stderr, loaded } = runRecordingModules(join(import.meta.dirname, "../fixtures/plugin-command.ts"), {
      args: commands.flatMap((command, at) => (at === 0 ? command : ["--then", ...command])),
      cwd: this.folder,
      env: { HOME: join(this.folder, "home"), NO_COLOR: "1", GIFLAB_CONFIG: "", GIFLAB_METRICS_DB: "" },
    });
    const outputs = stdout.split("\x1e");
    const errors = stderr.split("\x1e");
    const outcomes = commands.map((_, at) => {
      const [text = "", code] = errors[at]?.split("\x1f") ?? [];
      return { stdout: outputs[at] ?? "", stderr: text, exitCode: Number(code) };
    });
    return { outcomes, loaded };
  }

  giflab(...args: string[]): CommandOutcome {
    return this.giflabs(args).outcomes[0]!;
  }

  /** Writes a small animation. Returns its path. */
  gif(name: string, seed = 2): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    const { width, height, frames } = animation(seed);
    writeFileSync(path, encodeGif(frames, { width, height, loopCount: 0 }));
    return path;
  }

  /** Records in the default store, as the caches of another process would. */
  async record(use: (collector: MetricsCollector) => void | Promise<void>): Promise<void> {
    const collector = new MetricsCollector({
      backends: [new SqliteBackend({ dbPath: join(this.cacheFolder, "metrics.db") })],
      service: "another",
      handleSignals: false,
    });
    collector.define(processingMetrics);
    await use(collector);
    await collector.close();
  }

  /** Writes `giflab.config.json`. */
  configure(config: object): void {
    writeFileSync(join(this.folder, "giflab.config.json"), JSON.stringify(config));
  }
}

/** What a command printed with `--json`. */
export function json<T>(outcome: CommandOutcome | undefined): T {
  return JSON.parse(outcome?.stdout ?? "") as T;
}
