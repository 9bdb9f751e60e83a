import { basename } from "node:path";
import { Args, CommandError, Flags, GiflabCommand, Progress, printable, suggestion } from "@giflab/cli-kit";
import type { FrameSamplingSection } from "../config/sampling-section.ts";
import type { RunSummary } from "../run/run-summary.ts";

const DEFAULT_PRESET = "quick-test";
const INTERRUPTED = 130;

/** What `giflab run --list-presets --json` prints. */
export interface PresetJson {
  readonly name: string;
  readonly description: string;
  readonly pipelines: readonly string[];
  readonly parameters: Readonly<Record<string, number>>;
}

/** `giflab run`: GIFs through the pipelines of a preset. Exit 0 when at least one file gave a result, 1 when none did. */
export class Run extends GiflabCommand {
  static override summary = "Compress GIFs in several ways and measure what that does to their quality.";
  static override description =
    "Every GIF goes through every pipeline of the preset; sizes, quality metrics and times go to streaming_results.csv in a " +
    "numbered folder, row by row. A file that cannot be decoded is a row with its reason and does not end the run. Frames " +
    "and metric values are cached in memory and on disk: a second run over the same files is faster. Without paths, " +
    "built-in synthetic GIFs are used. Ctrl-C ends the run and keeps what is done (exit 130).";
  static override examples = [
    "<%= config.bin %> run --preset quick-test",
    "<%= config.bin %> run ~/pictures cat.gif -o results/cats",
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
    preset: Flags.string({ char: "p", default: DEFAULT_PRESET, summary: "Which pipelines, with which parameters." }),
    "list-presets": Flags.boolean({ summary: "Show the presets and end." }),
    "output-dir": Flags.string({ char: "o", default: "results/runs", summary: "Where the run's folder is made." }),
    workers: Flags.integer({
      char: "w",
      default: 1,
      min: 1,
      max: 64,
      summary: "GIFs worked on at once. Pixels are worked on in one thread: more overlaps reading and writing only.",
    }),
    "max-pixels": Flags.integer({
      min: 1,
      summary: "Refuse GIFs with more width x height x frames (default 256 million).",
    }),
    monitoring: Flags.boolean({ allowNo: true, default: true, summary: "Record metrics of this run." }),
  };

  async run(): Promise<RunSummary | readonly PresetJson[]> {
    const { flags, args } = await this.parse(Run);
    const { PRESETS } = await import("../pipeline/preset.ts");
    if (flags["list-presets"]) return this.#listPresets([...PRESETS.values()].map(presetJson));
    const preset = PRESETS.get(flags.preset);
    if (preset === undefined) {
      throw new CommandError(
        `There is no preset "${flags.preset}".${suggestion(flags.preset, PRESETS.keys())} Presets: ${[...PRESETS.keys()].join(", ")}`,
      );
    }
    const { cacheSettings, loadProcessingConfig, withMonitoring } = await import("./cache/cache-session.ts");
    const { performRun } = await import("../run/perform-run.ts");
    const config = await loadProcessingConfig();
    const frameSampling = config.sections["frameSampling"] as FrameSamplingSection;
    const abort = new AbortController();
    // The first Ctrl-C ends the run in order, a second one the process at once.
    const interrupt = (): void => {
      if (abort.signal.aborted) process.exit(INTERRUPTED);
      abort.abort();
    };
    process.on("SIGINT", interrupt);
    let progress: Progress | undefined;
    try {
      const work = (): Promise<RunSummary> =>
        performRun({
          preset,
          paths: args.paths ?? [],
          outputFolder: flags["output-dir"],
          resume: false,
          workers: flags.workers,
          threshold: 0.3,
          maxPixels: flags["max-pixels"],
          extractFrames: undefined,
          services: { ...cacheSettings(config), frameSampling },
          signal: abort.signal,
          onStart: (total) => {
            this.trace(() => `${total} GIFs through ${preset.pipelines.length} pipelines`);
            progress = new Progress({ label: preset.name, total, unit: total === 1 ? "GIF" : "GIFs" });
          },
          onNotice: (message) => process.stderr.write(`${message}\n`),
          onProgress: (done, path) => progress?.update(done, printable(basename(path))),
        });
      const summary = await (flags.monitoring ? withMonitoring(config, work) : work());
      progress?.finish();
      process.exitCode = summary.interrupted ? INTERRUPTED : summary.processed === 0 ? 1 : 0;
      if (!this.jsonEnabled()) {
        const { formatRunSummary } = await import("../run/format-run-summary.ts");
        this.log(formatRunSummary(summary));
      }
      return summary;
    } finally {
      progress?.clear();
      // After a Ctrl-C it stays: while it is there, nobody else takes the signal for a reason to end the process.
      if (!abort.signal.aborted) process.off("SIGINT", interrupt);
    }
  }

  #listPresets(presets: readonly PresetJson[]): readonly PresetJson[] {
    if (this.jsonEnabled()) return presets;
    for (const { name, description, pipelines, parameters } of presets) {
      const values = Object.entries(parameters).map(([key, value]) => `${key} ${value}`);
      this.log([name, `  ${description}`, ...pipelines.map((id) => `  - ${id}`), `  ${values.join(", ")}`].join("\n"));
    }
    return presets;
  }
}

function presetJson(preset: import("../pipeline/preset.ts").Preset): PresetJson {
  const { name, description, parameters } = preset;
  return {
    name,
    description,
    pipelines: preset.pipelines.map((pipeline) => pipeline.id),
    parameters: { ...parameters },
  };
}
