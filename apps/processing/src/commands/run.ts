import { availableParallelism } from "node:os";
import { Args, CommandError, Flags, GiflabCommand, suggestion } from "@giflab/cli-kit";
import type { ResolvedConfig } from "@giflab/monitoring";
import type { MemoryPressureSection } from "../config/cache-sections.ts";
import type { FrameSamplingSection } from "../config/sampling-section.ts";
import type { Preset } from "../pipeline/preset.ts";
import type { RunnablePreset } from "../pipeline/runnable-preset.ts";
import type { RunEstimate } from "../run/estimate-run.ts";
import type { PresetJson } from "../run/list-presets.ts";
import type { ServiceOptions } from "../run/open-services.ts";
import type { RunSummary } from "../run/run-summary.ts";

const DEFAULT_PRESET = "quick-test";
const INTERRUPTED = 130;
/** Options that decide the rows: a run is taken up again with the same. */
const SETTINGS = ["sampling", "max-pipelines", "max-pixels", "engine-timeout", "engine-memory"] as const;

/** `giflab run`: GIFs through the pipelines of a preset. Exit 0 when at least one file gave a result, 1 when none did. */
export class Run extends GiflabCommand {
  static override summary = "Compress GIFs in several ways and measure what that does to their quality.";
  static override description =
    "Every GIF goes through every pipeline of the preset; sizes, quality metrics and times go to streaming_results.csv and " +
    ".ndjson in a numbered folder, row by row. A file that cannot be decoded is a row with its reason and does not end the " +
    "run. Frames and metric values are cached in memory and on disk: a second run over the same files is faster. Without " +
    "paths, built-in synthetic GIFs are used. Ctrl-C ends the run and keeps what is done (exit 130); --resume goes on with " +
    "it, also after a crash.";
  static override examples = [
    "<%= config.bin %> run --preset quick-test",
    "<%= config.bin %> run ~/pictures cat.gif -o results/cats",
    "<%= config.bin %> run --resume",
    "<%= config.bin %> run --resume results/runs/003-quick-test-24-11-26",
    "<%= config.bin %> run --list-presets",
  ];
  static override enableJsonFlag = true;
  static override args = {
    paths: Args.string({
      multiple: true,
      description: "GIF files, or folders with GIFs in them (hidden folders are left out).",
    }),
  };
  static override flags = {
    preset: Flags.string({
      char: "p",
      summary: `Which pipelines, with which parameters. Default: ${DEFAULT_PRESET}, or that of the run to go on with.`,
    }),
    "list-presets": Flags.boolean({ summary: "Show the presets and end." }),
    "output-dir": Flags.string({ char: "o", default: "results/runs", summary: "Where the run's folder is made." }),
    resume: Flags.boolean({
      summary:
        "Go on with the preset's latest run, or with the run whose folder is among the paths. What is in its rows is not done " +
        "again, except for files that have changed.",
    }),
    workers: Flags.integer({
      char: "j",
      charAliases: ["w"],
      aliases: ["jobs"],
      default: 0,
      min: 0,
      max: 256,
      summary: "GIFs worked on at once, and threads that work on pixels. 0: as many as there are CPUs.",
    }),
    sampling: Flags.string({
      summary: "Which frames of a long GIF are compared: uniform, adaptive, progressive, scene_aware or full.",
    }),
    threshold: Flags.string({
      char: "t",
      default: "0.3",
      summary: "Eliminate pipelines whose mean quality is below this (0 to 1), or whose best is below 1.5 times it.",
    }),
    "max-pipelines": Flags.integer({ default: 0, min: 0, summary: "Only the first so many pipelines. 0: all." }),
    "max-pixels": Flags.integer({
      min: 1,
      summary: "Refuse GIFs with more width x height x frames (default 256 million).",
    }),
    "engine-timeout": Flags.integer({
      min: 1,
      max: 86_400,
      summary: "Seconds after which a call of gifsicle or ffmpeg is ended (default 120).",
    }),
    "engine-memory": Flags.integer({
      min: 1,
      max: 1_048_576,
      summary: "MB of memory that a call of gifsicle or ffmpeg may take (default 4096).",
    }),
    "estimate-time": Flags.boolean({ summary: "Say how long the run would take, and end." }),
    "extract-frames": Flags.boolean({
      allowNo: true,
      summary: "Write every frame as a PNG file. Default: for up to 100 GIFs.",
    }),
    "use-cache": Flags.boolean({ allowNo: true, default: true, summary: "Use the caches as configured." }),
    "clear-cache": Flags.boolean({ summary: "Empty all caches first." }),
    "use-gpu": Flags.boolean({ summary: "Accepted for old scripts; nothing here runs on a GPU." }),
    monitoring: Flags.boolean({ allowNo: true, default: true, summary: "Record metrics of this run." }),
  };

  async run(): Promise<RunSummary | RunEstimate | readonly PresetJson[]> {
    const { flags, args } = await this.parse(Run);
    const { PRESETS } = await import("../pipeline/preset.ts");
    if (flags["list-presets"]) return await this.#listPresets([...PRESETS.values()]);
    const paths = args.paths ?? [];
    const name = flags.preset ?? (flags.resume ? await presetToGoOnWith(paths) : undefined) ?? DEFAULT_PRESET;
    const { preset, leftOut } = await this.#runnable(presetOf(name, PRESETS), flags["max-pipelines"]);
    const threshold = thresholdOf(flags.threshold);
    if (flags["use-gpu"]) this.#say("--use-gpu has no effect: nothing here runs on a GPU.");
    const { loadProcessingConfig } = await import("./cache/cache-session.ts");
    const config = await loadProcessingConfig();
    const services = await this.#services(config, flags);
    const workers = flags.workers === 0 ? availableParallelism() : flags.workers;
    const request = {
      preset,
      leftOut,
      paths,
      outputFolder: flags["output-dir"],
      resume: flags.resume,
      workers,
      threshold,
      maxPixels: flags["max-pixels"],
      engineLimits: {
        ...(flags["engine-timeout"] === undefined ? {} : { timeoutSeconds: flags["engine-timeout"] }),
        ...(flags["engine-memory"] === undefined ? {} : { memoryMb: flags["engine-memory"] }),
      },
      extractFrames: flags["extract-frames"],
      services,
    };
    // Its preset is told by the run's folder.
    const again = SETTINGS.flatMap((name) => (flags[name] ? [`--${name}`, String(flags[name])] : []));
    return await this.#interruptibly<RunSummary | RunEstimate>((signal) =>
      flags["estimate-time"]
        ? this.#estimate(request, signal)
        : this.#perform(request, { signal, config, monitored: flags.monitoring, again }),
    );
  }

  /** The preset without the pipelines whose engines are not installed, and with no more pipelines than asked for. */
  async #runnable(preset: Preset, maxPipelines: number): Promise<RunnablePreset> {
    const { runnablePreset } = await import("../pipeline/runnable-preset.ts");
    const { limitPipelines } = await import("../pipeline/limit-pipelines.ts");
    const { preset: runnable, leftOut } = await runnablePreset(preset).catch((error: unknown) => {
      const { code, message } = error as NodeJS.ErrnoException;
      throw code === "MISSING" ? new CommandError(message, 1, { cause: error }) : error;
    });
    for (const [reason, group] of Map.groupBy(leftOut, (pipeline) => pipeline.reason)) {
      this.#say(`${group.length} of ${preset.pipelines.length} pipelines are left out: ${reason}.`);
    }
    return { preset: { ...runnable, pipelines: limitPipelines(runnable.pipelines, maxPipelines) }, leftOut };
  }

  async #services(
    config: ResolvedConfig,
    flags: { sampling: string | undefined; "use-cache": boolean; "clear-cache": boolean },
  ): Promise<ServiceOptions> {
    const { cacheSettings } = await import("./cache/cache-session.ts");
    const caches = cacheSettings(config);
    const memoryPressure = config.sections["memoryPressure"] as MemoryPressureSection;
    let frameSampling = config.sections["frameSampling"] as FrameSamplingSection;
    if (flags.sampling !== undefined) {
      const { samplingStrategy } = await import("../run/sampling-flag.ts");
      frameSampling = { ...frameSampling, enabled: true, defaultStrategy: samplingStrategy(flags.sampling) };
    }
    if (flags["clear-cache"]) {
      const { clearCaches, describeCleared } = await import("./cache/clear-caches.ts");
      const cleared = await clearCaches(caches, ["frame", "validation", "resize"], false);
      for (const one of cleared) this.trace(() => describeCleared(one));
    }
    if (flags["use-cache"]) return { ...caches, memoryPressure, frameSampling };
    const off = { enabled: false };
    return {
      frameCache: { ...caches.frameCache, ...off },
      validationCache: { ...caches.validationCache, ...off },
      resizeCache: { ...caches.resizeCache, ...off },
      memoryPressure: off,
      frameSampling,
    };
  }

  async #estimate(request: RequestBase, signal: AbortSignal): Promise<RunEstimate> {
    const { estimateRequest } = await import("../run/perform-run.ts");
    const { formatEstimate } = await import("../run/estimate-run.ts");
    const estimate = await estimateRequest({ ...request, signal });
    if (!this.jsonEnabled()) this.log(formatEstimate(estimate));
    return estimate;
  }

  async #perform(request: RequestBase, { signal, config, monitored, again }: PerformSetting): Promise<RunSummary> {
    const { withMonitoring } = await import("./cache/cache-session.ts");
    const { performRun } = await import("../run/perform-run.ts");
    const { RunProgress } = await import("../run/run-progress.ts");
    let progress: import("../run/run-progress.ts").RunProgress | undefined;
    const work = (): Promise<RunSummary> =>
      performRun({
        ...request,
        signal,
        onStart: (total, done) => {
          this.trace(() => `${total} GIFs through ${request.preset.pipelines.length} pipelines, ${done} done before`);
          progress = new RunProgress(request.preset.name, total, done);
        },
        onProgress: (done, path) => progress?.update(done, path),
        onNotice: (message) => this.#say(message),
      });
    try {
      const summary = await (monitored ? withMonitoring(config, work) : work());
      progress?.clear();
      process.exitCode = summary.interrupted ? INTERRUPTED : summary.processed === 0 ? 1 : 0;
      if (!this.jsonEnabled()) {
        const { formatRunSummary } = await import("../run/format-run-summary.ts");
        this.log(formatRunSummary(summary, again));
      }
      return summary;
    } finally {
      progress?.clear();
    }
  }

  /** The first Ctrl-C ends the work in order, a second one the process at once. */
  async #interruptibly<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const abort = new AbortController();
    const interrupt = (): void => {
      if (abort.signal.aborted) process.exit(INTERRUPTED);
      abort.abort();
    };
    process.on("SIGINT", interrupt);
    try {
      return await work(abort.signal);
    } finally {
      // After a Ctrl-C it stays: while it is there, nobody else takes the signal for a reason to end the process.
      if (!abort.signal.aborted) process.off("SIGINT", interrupt);
    }
  }

  async #listPresets(presets: readonly Preset[]): Promise<readonly PresetJson[]> {
    const { formatPresets, presetJson } = await import("../run/list-presets.ts");
    const list = presets.map(presetJson);
    if (!this.jsonEnabled()) this.log(formatPresets(list));
    return list;
  }

  #say(message: string): void {
    process.stderr.write(`${message}\n`);
  }
}

interface PerformSetting {
  readonly signal: AbortSignal;
  readonly config: ResolvedConfig;
  readonly monitored: boolean;
  /** Options with which the run is taken up again. */
  readonly again: readonly string[];
}

type RequestBase = Omit<import("../run/perform-run.ts").RunRequest, "signal" | "onStart" | "onProgress" | "onNotice">;

async function presetToGoOnWith(paths: readonly string[]): Promise<string | undefined> {
  const { presetOfRun } = await import("../run/find-run.ts");
  return await presetOfRun(paths);
}

function presetOf(name: string, presets: ReadonlyMap<string, Preset>): Preset {
  const preset = presets.get(name);
  if (preset !== undefined) return preset;
  const names = [...presets.keys()];
  throw new CommandError(`There is no preset "${name}".${suggestion(name, names)} Presets: ${names.join(", ")}`);
}

function thresholdOf(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) {
    throw new CommandError(`--threshold must be a number from 0 to 1, got "${text}"`);
  }
  return value;
}
