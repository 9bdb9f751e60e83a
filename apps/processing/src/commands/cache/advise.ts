import { CommandError, Flags } from "@giflab/cli-kit";
import type { PipelineAdvice } from "../../advice/recommended-config.ts";
import type { FrameSamplingSection } from "../../config/sampling-section.ts";
import { CacheCommand } from "./cache-command.ts";
import { windowSeconds } from "./window-flag.ts";

/** What `cache advise --json` prints. Sizes in MB (2^20 bytes), times in epoch seconds. */
export interface AdviceJson extends PipelineAdvice {
  readonly window: { readonly from: number; readonly to: number; readonly seconds: number };
  readonly memory: {
    readonly memoryMb: number;
    readonly source: "machine" | "container";
    /** Processes with caches at the same time at most. */
    readonly processes: number;
    /** What the caches of one process may take together. */
    readonly budgetMb: number;
    /** How often memory was so short in the window that caches gave some back, and how much of it. */
    readonly shortages: number;
    readonly freedMb: number;
  };
  /** What to change in `giflab.config.*`. */
  readonly config: Readonly<Record<string, object>>;
}

/** `giflab cache advise` */
export class CacheAdvise extends CacheCommand {
  static override summary = "Recommend cache sizes and a sampling strategy from what was recorded.";
  static override description =
    "For each look-up, caches record how many MB of other entries were used since its entry was used last (its stack " +
    "distance): a memory of that size would have had it. So the distances of all look-ups give the hit rate at any size. " +
    "Recommended is the smallest size beyond which no larger one earns 2 points of hit rate per doubling, if half of the " +
    "machine's memory has room for it. Below 400 look-ups nothing is recommended. Nothing is changed: what to write into " +
    "giflab.config is printed at the end.";
  static override examples = ["<%= config.bin %> cache advise", "<%= config.bin %> cache advise --window 24h --json"];
  static override flags = {
    window: Flags.string({
      char: "w",
      default: "7d",
      summary: "Look at what happened in this long (3600, 90m, 7d).",
    }),
  };

  async run(): Promise<AdviceJson> {
    const { flags } = await this.parse(CacheAdvise);
    const seconds = windowSeconds(flags.window) ?? 0;
    const settings = await this.settings();
    const { cacheLoad, concurrentProcesses, memoryShortages, readRecordedLoad, samplingLoad } = await import(
      "./recorded-load.ts"
    );
    const { adviseCaches, cacheBudgetMb } = await import("../../advice/advise-caches.ts");
    const { adviseSampling } = await import("../../advice/advise-sampling.ts");
    const { machineMemory } = await import("../../advice/machine-memory.ts");
    const { recommendedConfig } = await import("../../advice/recommended-config.ts");
    const to = Date.now() / 1000;
    const window = { from: to - seconds, to };
    const { value: recorded, reason } = await this.readStore((store) => readRecordedLoad(store, window));
    if (recorded === undefined) throw new CommandError(`there is nothing to advise from: ${reason}`);

    const loads = {
      frame: cacheLoad(recorded, "frame", settings),
      validation: cacheLoad(recorded, "validation", settings),
      resize: cacheLoad(recorded, "resize", settings),
    };
    const budget = { ...machineMemory(), processes: concurrentProcesses(recorded) };
    const caches = adviseCaches(loads, budget);
    const sampling = adviseSampling(samplingLoad(recorded, await this.section<FrameSamplingSection>("frameSampling")));
    const advice: AdviceJson = {
      window: { ...window, seconds },
      memory: { ...budget, budgetMb: cacheBudgetMb(budget), ...memoryShortages(recorded) },
      caches,
      sampling,
      config: recommendedConfig({ caches, sampling }),
    };
    if (!this.jsonEnabled()) {
      const { renderAdvice } = await import("./render-advice.ts");
      this.log(renderAdvice(advice).join("\n"));
    }
    return advice;
  }
}
