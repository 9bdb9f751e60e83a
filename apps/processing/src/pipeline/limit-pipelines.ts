import type { Pipeline } from "./pipeline.ts";

/** Pipelines of the same engines are of one kind; those without an external engine too. */
function kindOf(pipeline: Pipeline): string {
  return pipeline.engines.toSorted().join("+");
}

/**
 * At most `most` pipelines, evenly over the engines they need: the first of each kind, then the second of each, and so
 * on; in their original order. 0 keeps all.
 *
 * @throws RangeError for anything but 0 or a positive whole number
 */
export function limitPipelines(pipelines: readonly Pipeline[], most: number): readonly Pipeline[] {
  if (!(Number.isInteger(most) && most >= 0)) {
    throw new RangeError(`maxPipelines must be 0 (all) or a positive whole number, got ${most}`);
  }
  if (most === 0 || most >= pipelines.length) return pipelines;
  const rounds = new Map<Pipeline, number>();
  for (const kind of Map.groupBy(pipelines, kindOf).values()) {
    for (const [round, pipeline] of kind.entries()) rounds.set(pipeline, round);
  }
  // The sort is stable: within a round, pipelines keep their order.
  const chosen = new Set(pipelines.toSorted((a, b) => rounds.get(a)! - rounds.get(b)!).slice(0, most));
  return pipelines.filter((pipeline) => chosen.has(pipeline));
}
