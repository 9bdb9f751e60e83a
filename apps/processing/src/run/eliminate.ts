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

const WINNERS = 3;

interface PipelineMeans extends Omit<PipelineVerdict, "eliminatedBecause"> {
  readonly meanSsim: number;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function meansByPipeline(scores: readonly PipelineScore[]): PipelineMeans[] {
  return [...Map.groupBy(scores, (score) => score.pipelineId)].map(([pipelineId, own]) => ({
    pipelineId,
    jobs: own.length,
    meanCompositeQuality: mean(own.map((score) => score.compositeQuality)),
    maxCompositeQuality: Math.max(...own.map((score) => score.compositeQuality)),
    meanCompressionRatio: mean(own.map((score) => score.compressionRatio)),
    meanSeconds: mean(own.map((score) => score.seconds)),
    meanSsim: mean(own.map((score) => score.ssim)),
  }));
}

/** The pipelines among the first three by quality, by compression, or by a score of both, similarity and time. */
function winners(scores: readonly PipelineScore[]): Set<string> {
  const means = meansByPipeline(scores);
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
  return new Set(
    rankings.flatMap((rank) =>
      [...means]
        .sort((a, b) => rank(b) - rank(a))
        .slice(0, WINNERS)
        .map((pipeline) => pipeline.pipelineId),
    ),
  );
}

/**
 * Judges each pipeline by its successful jobs. Eliminated are those that win for no content type, and those whose mean
 * composite quality is below `threshold` or whose best is below 1.5 times it.
 *
 * @param threshold composite quality, 0 to 1; default 0.3
 */
export function judgePipelines(scores: readonly PipelineScore[], threshold = 0.3): PipelineVerdict[] {
  const winning = new Set(
    [...Map.groupBy(scores, (score) => score.contentType).values()].flatMap((own) => [...winners(own)]),
  );
  return meansByPipeline(scores).map(({ meanSsim: _, ...verdict }) => {
    const why =
      verdict.meanCompositeQuality < threshold
        ? `mean composite quality below ${threshold}`
        : verdict.maxCompositeQuality < 1.5 * threshold
          ? `no composite quality of ${(1.5 * threshold).toFixed(2)} or more`
          : winning.has(verdict.pipelineId)
            ? undefined
            : "among the best for no kind of content";
    return why === undefined ? verdict : { ...verdict, eliminatedBecause: why };
  });
}
