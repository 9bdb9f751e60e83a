import {
  type ChannelInstrumentation,
  type ChannelSource,
  cacheChannel,
  instrumentChannels,
  lazyImportChannel,
  memoryPressureChannel,
  samplingChannel,
} from "@giflab/instrumentation";
import type { MetricsCollector } from "@giflab/metrics-core";

/**
 * Listens to every monitored system that `systems` does not switch off. Its keys are `sampling`, `lazy`, `memory` and names of
 * caches; `resize` also stands for `resize.buffer_pool`.
 */
export function listenToSystems(
  collector: MetricsCollector,
  systems: Readonly<Record<string, boolean>>,
): ChannelInstrumentation {
  const off = new Set(Object.keys(systems).filter((system) => systems[system] === false));
  const sources: ChannelSource[] = [off.size === 0 ? cacheChannel : withoutCaches(off)];
  if (!off.has("sampling")) sources.push(samplingChannel);
  if (!off.has("lazy")) sources.push(lazyImportChannel);
  if (!off.has("memory")) sources.push(memoryPressureChannel);
  return instrumentChannels({ collector, sources });
}

function withoutCaches(off: ReadonlySet<string>): ChannelSource {
  return {
    channel: cacheChannel.channel,
    record(collector) {
      const record = cacheChannel.record(collector);
      return (message) => {
        const cache: unknown = (message as { readonly cache?: unknown } | null)?.cache;
        if (typeof cache === "string" && (off.has(cache) || off.has(cache.slice(0, cache.indexOf("."))))) return;
        record(message);
      };
    },
  };
}
