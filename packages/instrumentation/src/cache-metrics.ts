import type { MetricCatalogue, MetricDefinition } from "@giflab/metrics-core";

/**
 * The metrics of a cache that publishes on `giflab:cache`, as they are declared when its first message comes, unless a
 * catalogue has declared them before. A buffer pool (`resize.buffer_pool`) has a `reuse_rate` where caches have a
 * `hit_rate`; the hit rate of `validation` is per `metric_type`.
 */
export function cacheMetrics(cache: string): MetricCatalogue {
  const prefix = `cache.${cache}`;
  const system = cache.split(".", 1)[0]!;
  const pool = cache.endsWith("buffer_pool");
  const catalogue: [string, MetricDefinition][] = [
    [`${prefix}.hits`, { kind: "counter", system, description: `Lookups that ${cache} answered` }],
    [`${prefix}.misses`, { kind: "counter", system, description: `Lookups that ${cache} could not answer` }],
    [`${prefix}.evictions`, { kind: "counter", system, description: `Entries that ${cache} dropped to make room` }],
    [
      `${prefix}.memory_usage_mb`,
      { kind: "gauge", unit: "MB", merge: "sum", system, description: `Memory that entries of ${cache} take` },
    ],
    [
      `${prefix}.memory_limit_mb`,
      { kind: "gauge", unit: "MB", merge: "sum", system, description: `Memory that entries of ${cache} may take` },
    ],
    [
      `${prefix}.operation.duration`,
      { kind: "timer", unit: "s", system, description: `Duration of operations on ${cache}` },
    ],
  ];
  if (!pool) {
    catalogue.push(
      [
        `${prefix}.reuse_distance_mb`,
        {
          kind: "histogram",
          unit: "MB",
          system,
          description: `Memory that ${cache} would need for a look-up to find what was used before`,
        },
      ],
      [
        `${prefix}.first_uses`,
        { kind: "counter", system, description: `Lookups of what ${cache} did not see before: misses at any size` },
      ],
      [
        `${prefix}.avoidable_misses`,
        { kind: "counter", system, description: `Misses of what ${cache} has seen before: a larger one would answer` },
      ],
      [
        `${prefix}.refusals`,
        { kind: "counter", system, description: `Entries that ${cache} did not keep: larger than all its memory` },
      ],
    );
  }
  const hits = quoted(`${prefix}.hits`);
  const misses = quoted(`${prefix}.misses`);
  if (hits !== undefined && misses !== undefined) {
    catalogue.push([
      pool ? `${prefix}.reuse_rate` : `${prefix}.hit_rate`,
      {
        kind: "derived",
        unit: "1",
        system,
        description: pool ? `Share of buffers that ${cache} had at hand` : `Share of lookups that ${cache} answered`,
        formula: `${hits} / (${hits} + ${misses})`,
        ...(cache === "validation" ? { groupBy: ["metric_type"] } : {}),
      },
    ]);
  }
  return Object.fromEntries(catalogue);
}

/** A metric name as formulas write it; `undefined` for the one character that no formula can quote. */
function quoted(name: string): string | undefined {
  if (/^[A-Za-z_][\w.:]*$/.test(name)) return name;
  return name.includes("`") ? undefined : `\`${name}\``;
}
