import { CommandError, suggestion } from "@giflab/cli-kit";
import { SAMPLING_STRATEGIES, type SamplingStrategy } from "../sampling/sampling-config.ts";

/** Names of ways to choose among pipelines, and what does that here. */
const OF_PIPELINES: ReadonlyMap<string, string> = new Map([
  ["representative", "--preset chooses pipelines"],
  ["factorial", "every GIF goes through every pipeline of the preset anyway"],
  ["targeted", "--preset chooses pipelines"],
  ["quick", "--max-pipelines limits pipelines, and --sampling uniform looks at fewer frames"],
]);

/**
 * The strategy that `--sampling` names: which frames of a long GIF are compared.
 *
 * @throws CommandError for any other name; the message says what to use instead
 */
export function samplingStrategy(name: string): SamplingStrategy {
  const wanted = name.trim().toLowerCase().replaceAll("-", "_");
  const strategy = SAMPLING_STRATEGIES.find((known) => known === wanted);
  if (strategy !== undefined) return strategy;
  const instead = OF_PIPELINES.get(wanted);
  const why =
    instead === undefined
      ? `There is no sampling "${name}".${suggestion(wanted, SAMPLING_STRATEGIES)}`
      : `--sampling chooses frames, not pipelines, so there is no "${name}": ${instead}.`;
  throw new CommandError(`${why} Strategies: ${SAMPLING_STRATEGIES.join(", ")}`);
}
