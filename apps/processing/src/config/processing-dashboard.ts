import type { DashboardLayout, DashboardLine, DashboardPanel, DashboardRow } from "@giflab/metrics-core";

const CACHES = [
  { cache: "frame", title: "Frame cache" },
  { cache: "validation", title: "Validation cache" },
  { cache: "resize", title: "Resized-frame cache" },
] as const;

/** One line per cache, of the metric with this last part. */
function perCache(metric: string, line: Omit<DashboardLine, "metric" | "legend"> = {}): readonly DashboardLine[] {
  return CACHES.map(({ cache }) => ({ ...line, metric: `cache.${cache}.${metric}`, legend: cache }));
}

const hitRates: DashboardRow = {
  title: "Cache hit rates",
  panels: [
    {
      title: "Hit rates now",
      description:
        "Share of look-ups that each cache answered; 60-80 % is normal for frames, 40-60 % for validations. No value: no look-ups.",
      view: "gauge",
      lines: perCache("hit_rate"),
    },
    {
      title: "Hit rates",
      description:
        "Share of look-ups that each cache answered. When it falls: have files changed, is memory short (evictions), do accesses repeat at all?",
      view: "timeseries",
      lines: perCache("hit_rate"),
    },
    {
      title: "Frame cache look-ups",
      description: "Look-ups per second that memory or disk answered, and those that had to decode.",
      view: "timeseries",
      lines: [
        { metric: "cache.frame.hits", by: ["tier"], legend: "hit {{tier}}" },
        { metric: "cache.frame.misses", legend: "miss" },
      ],
    },
    {
      title: "Validation cache look-ups",
      description: "Look-ups per second that were answered, by metric, and those that had to be computed.",
      view: "timeseries",
      lines: [
        { metric: "cache.validation.hits", by: ["metric_type"], legend: "hit {{metric_type}}" },
        { metric: "cache.validation.misses", by: ["metric_type"], legend: "miss {{metric_type}}" },
      ],
    },
    {
      title: "Buffer pool reuse",
      description: "Share of requests for scratch memory that used buffers met.",
      view: "timeseries",
      lines: [{ metric: "cache.resize.buffer_pool.reuse_rate", legend: "reuse" }],
    },
    {
      title: "Avoidable misses",
      description:
        "Misses per second of what a cache had before: a larger one would have answered. First uses are not among them.",
      view: "timeseries",
      lines: perCache("avoidable_misses"),
    },
  ],
};

const latency: DashboardRow = {
  title: "Operation latency",
  panels: CACHES.map(
    ({ cache, title }): DashboardPanel => ({
      title: `${title} P95`,
      description: `95th percentile of the time that operations of the ${title.toLowerCase()} take, from merged buckets.${
        cache === "frame" ? " A hit takes less than 1 ms." : ""
      }`,
      view: "timeseries",
      lines: [
        {
          metric: `cache.${cache}.operation.duration`,
          statistic: "p95",
          by: ["operation", "outcome"],
          legend: "{{operation}} {{outcome}}",
        },
      ],
    }),
  ),
};

const memory: DashboardRow = {
  title: "Memory usage",
  panels: [
    {
      title: "Cache memory of its limit",
      description: "Share of its memory limit that each cache uses. Alerts compare this with their thresholds.",
      view: "gauge",
      width: 6,
      lines: CACHES.map(({ cache }) => ({
        metric: `cache.${cache}.memory_usage_mb`,
        limit: `cache.${cache}.memory_limit_mb`,
        legend: cache,
      })),
    },
    ...CACHES.map(
      ({ cache, title }): DashboardPanel => ({
        title: `${title} memory`,
        description: `Memory that entries of the ${title.toLowerCase()} take, and what they may take, over all processes.`,
        view: "timeseries",
        width: 6,
        lines: [
          { metric: `cache.${cache}.memory_usage_mb`, legend: "used" },
          { metric: `cache.${cache}.memory_limit_mb`, legend: "limit" },
        ],
      }),
    ),
  ],
};

const evictions: DashboardRow = {
  title: "Evictions",
  panels: [
    {
      title: "Evictions",
      description:
        "Entries per second that caches dropped for lack of room or for age; less than 10 a minute is normal.",
      view: "timeseries",
      lines: perCache("evictions"),
    },
    {
      title: "Memory pressure",
      description:
        "How short the machine's or the container's memory is: 0 normal, 1 warning, 2 critical, 3 emergency.",
      view: "timeseries",
      lines: [{ metric: "cache.memory_pressure.level", legend: "level" }],
    },
    {
      title: "Machine memory in use",
      description: "Share of the machine's or the container's memory that is in use.",
      view: "timeseries",
      lines: [{ metric: "cache.memory_pressure.used_ratio", legend: "in use" }],
    },
  ],
};

const sampling: DashboardRow = {
  title: "Sampling efficiency",
  panels: [
    {
      title: "Speedup versus accuracy",
      description:
        "How many times faster than all frames (left) against the width of the confidence interval (right), by strategy: 1.5-5 times and below 0.1 are normal.",
      view: "timeseries",
      width: 12,
      lines: [
        { metric: "sampling.speedup_factor", by: ["strategy"], legend: "speedup {{strategy}}" },
        {
          metric: "sampling.confidence_interval_width",
          by: ["strategy"],
          legend: "interval {{strategy}}",
          axis: "right",
        },
      ],
    },
    {
      title: "Frames looked at",
      description: "Share of an animation's frames that was looked at, by strategy; 0.2-0.8 is normal.",
      view: "timeseries",
      width: 6,
      lines: [{ metric: "sampling.frames_sampled_ratio", by: ["strategy"], legend: "{{strategy}}" }],
    },
    {
      title: "Strategies in use",
      description: "Animations sampled per second, by strategy.",
      view: "timeseries",
      width: 6,
      lines: [{ metric: "sampling.strategy_usage", by: ["strategy"], legend: "{{strategy}}" }],
    },
  ],
};

const lazyImports: DashboardRow = {
  title: "Lazy imports",
  panels: [
    {
      title: "Module load time P95",
      description: "95th percentile of the time to load a module on first use; less than 100 ms is normal.",
      view: "timeseries",
      lines: [{ metric: "lazy_import.load_time", statistic: "p95", by: ["module"], legend: "{{module}}" }],
    },
    {
      title: "Modules loaded",
      description: "Modules loaded on first use in each interval.",
      view: "timeseries",
      lines: [{ metric: "lazy_import.load_count", statistic: "sum", by: ["module"], legend: "{{module}}" }],
    },
    {
      title: "Fallbacks used",
      description: "Modules that could not be loaded and were replaced by their fallback; none is normal.",
      view: "timeseries",
      lines: [{ metric: "lazy_import.fallback_used", statistic: "sum", by: ["module"], legend: "{{module}}" }],
    },
  ],
};

/** The dashboard of the operations manual: its key panels, from the metrics of the catalogue. */
export const processingDashboard: DashboardLayout = {
  name: "giflab_performance",
  title: "GifLab performance",
  description: "Caches, sampling and lazy imports of the GIF pipeline, with the alerts on them.",
  rows: [hitRates, latency, memory, evictions, sampling, lazyImports],
};
