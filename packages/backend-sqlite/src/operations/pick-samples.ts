import type { ChunkValues } from "../chunk-codec.ts";

/** Some samples of a chunk, in another order: those at `indexes`. */
export function pickSamples(values: ChunkValues, indexes: readonly number[]): ChunkValues {
  const pick = <T>(column: readonly T[]): T[] => indexes.map((i) => column[i]!);
  if (values.kind === "sketch") return { kind: "sketch", sketches: pick(values.sketches) };
  if (values.kind === "counter") {
    const { deltas, increases } = values;
    return { kind: "counter", deltas: pick(deltas), increases: increases === undefined ? undefined : pick(increases) };
  }
  const { spans } = values;
  if (spans === undefined) return { kind: "gauge", values: pick(values.values) };
  const { held, means, mins, maxs } = spans;
  return {
    kind: "gauge",
    values: pick(values.values),
    spans: { held: pick(held), means: pick(means), mins: pick(mins), maxs: pick(maxs) },
  };
}
