/** What one job says about its pipeline. */
export interface PipelineScore {
  readonly pipelineId: string;
  readonly contentType: string;
  /** 0 to 1. */
  readonly compositeQuality: number;
  readonly compressionRatio: number;
  readonly ssim: number;
  readonly seconds: number;
}

/** How a pipeline did over all GIFs, and whether it is worth keeping. */
export interface PipelineVerdict {
  readonly pipelineId: string;
  readonly jobs: number;
  readonly meanCompositeQuality: number;
  readonly maxCompositeQuality: number;
  readonly meanCompressionRatio: number;
  readonly meanSeconds: number;
  /** Why it is eliminated; absent when it is retained. */
  readonly eliminatedBecause?: string;
}

/** Composite quality below which a pipeline is eliminated, unless another is given. */
export const DEFAULT_QUALITY_THRESHOLD = 0.3;

const WINNERS = 3;

interface PipelineMeans extends Omit<PipelineVerdict, "eliminatedBecause"> {
  readonly meanSsim: number;
}

class ScoreSums {
  jobs = 0;
  quality = 0;
  bestQuality = 0;
  ratio = 0;
  ssim = 0;
  seconds = 0;

  add(score: PipelineScore): void {
    this.jobs++;
    this.quality += score.compositeQuality;
    this.bestQuality = Math.max(this.bestQuality, score.compositeQuality);
    this.ratio += score.compressionRatio;
    this.ssim += score.ssim;
    this.seconds += score.seconds;
  }

  means(pipelineId: string): PipelineMeans {
    return {
      pipelineId,
      jobs: this.jobs,
      meanCompositeQuality: this.quality / this.jobs,
      maxCompositeQuality: this.bestQuality,
      meanCompressionRatio: this.ratio / this.jobs,
      meanSeconds: this.seconds / this.jobs,
      meanSsim: this.ssim / this.jobs,
    };
  }
}

type SumsByPipeline = Map<string, ScoreSums>;

function meansOf(sums: SumsByPipeline): PipelineMeans[] {
  return [...sums].map(([pipelineId, own]) => own.means(pipelineId));
}

/** The pipelines among the first three by quality, by compression, or by a score of both, similarity and time. */
function winners(means: readonly PipelineMeans[]): string[] {
  const slowest = Math.max(...means.map((pipeline) => pipeline.meanSeconds)) || 1;
  const rankings: ((pipeline: PipelineMeans) => number)[] = [
    (pipeline) => pipeline.meanCompositeQuality,
    (pipeline) => pipeline.meanCompressionRatio,
    (pipeline) =>
      0.4 * pipeline.meanCompositeQuality +
      0.3 * pipeline.meanCompressionRatio +
      0.2 * pipeline.meanSsim +
      0.1 * (1 - pipeline.meanSeconds / slowest),
  ];
  return rankings.flatMap((rank) =>
    [...means]
      .sort((a, b) => rank(b) - rank(a))
      .slice(0, WINNERS)
      .map((pipeline) => pipeline.pipelineId),
  );
}

/** Sums up the scores of all jobs, in the memory of a few numbers per pipeline and kind of content, and judges by them. */
export class PipelineScores {
  readonly #all: SumsByPipeline = new Map();
  readonly #byContent = new Map<string, SumsByPipeline>();

  /** Takes the score of one successful job. */
  add(score: PipelineScore): void {
    let own = this.#byContent.get(score.contentType);
    if (own === undefined) {
      own = new Map();
      this.#byContent.set(score.contentType, own);
    }
    for (const sums of [this.#all, own]) {
      let pipeline = sums.get(score.pipelineId);
      if (pipeline === undefined) {
        pipeline = new ScoreSums();
        sums.set(score.pipelineId, pipeline);
      }
      pipeline.add(score);
    }
  }

  /**
   * Judges each pipeline by its successful jobs. Eliminated are those that win for no content type, and those whose mean
   * composite quality is below `threshold` or whose best is below 1.5 times it. Sorted by pipeline.
   *
   * @param threshold composite quality, 0 to 1
   */
  judge(threshold = DEFAULT_QUALITY_THRESHOLD): PipelineVerdict[] {
    const winning = new Set([...this.#byContent.values()].flatMap((sums) => winners(meansOf(sums))));
    const verdicts = meansOf(this.#all).map(({ meanSsim: _, ...verdict }) => {
      const why = eliminationReason(verdict, threshold, winning);
      return why === undefined ? verdict : { ...verdict, eliminatedBecause: why };
    });
    return verdicts.sort((a, b) => (a.pipelineId < b.pipelineId ? -1 : 1));
  }
}

function eliminationReason(
  verdict: PipelineVerdict,
  threshold: number,
  winning: ReadonlySet<string>,
): string | undefined {
  if (verdict.meanCompositeQuality < threshold) return `mean composite quality below ${threshold}`;
  const best = 1.5 * threshold;
  if (verdict.maxCompositeQuality < best) return `no composite quality of ${best.toFixed(2)} or more`;
  return winning.has(verdict.pipelineId) ? undefined : "among the best for no kind of content";
}
