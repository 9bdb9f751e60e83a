import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { getMetricsCollector, type MetricsCollector, processRegistry } from "@giflab/metrics-core";
import { cacheChannel } from "./cache-channel.ts";
import type { ChannelSource } from "./channel-source.ts";
import { lazyImportChannel } from "./lazy-import-channel.ts";
import { memoryPressureChannel } from "./memory-pressure-channel.ts";
import { samplingChannel } from "./sampling-channel.ts";

export interface ChannelOptions {
  /** Where to record; default: the process-wide collector, whichever it is when a message comes. */
  readonly collector?: MetricsCollector;
  /** What to listen to; default: caches, sampling, lazy imports and memory pressure. */
  readonly sources?: readonly ChannelSource[];
}

/** What `instrumentChannels` has switched on. */
export interface ChannelInstrumentation extends Disposable {
  /** Names of the channels. */
  readonly channels: readonly string[];
  /** Takes it back; the subscription ends with its last user. Idempotent. */
  stop(): void;
}

/** A subscription that all copies of this package in the process share; the first one made it. */
interface SharedSubscription {
  users: number;
  end(): void;
}
type SubscriptionsOfChannel = Map<object, SharedSubscription>;

/**
 * Listens to what the monitored systems publish and records it. Needs no reference to them and no order of calls; a second
 * call, even from another installed copy of this package, adds a user and counts nothing twice. A message that cannot be
 * used is counted in `giflab.monitoring.errors` and never disturbs its publisher.
 */
export function instrumentChannels(options: ChannelOptions = {}): ChannelInstrumentation {
  const sources = options.sources ?? [cacheChannel, samplingChannel, lazyImportChannel, memoryPressureChannel];
  const ends = sources.map((source) => share(source, options.collector));
  const stop = (): void => {
    for (const end of ends.splice(0)) end();
  };
  return { channels: sources.map((source) => source.channel), stop, [Symbol.dispose]: stop };
}

function share(source: ChannelSource, chosen: MetricsCollector | undefined): () => void {
  const registry = processRegistry();
  const collector = chosen === registry.collector ? undefined : chosen;
  // The registry itself stands for "the process-wide collector, whichever that is".
  const key: object = collector ?? registry;
  let ofChannel = registry.subscriptions.get(source.channel) as SubscriptionsOfChannel | undefined;
  if (ofChannel === undefined) {
    ofChannel = new Map();
    registry.subscriptions.set(source.channel, ofChannel);
  }
  const subscriptions = ofChannel;
  let shared = subscriptions.get(key);
  if (shared === undefined) {
    const listener = guarded(source, collector);
    subscribe(source.channel, listener);
    shared = { users: 0, end: () => void unsubscribe(source.channel, listener) };
    subscriptions.set(key, shared);
  }
  const subscription = shared;
  subscription.users++;
  return () => {
    if (--subscription.users > 0) return;
    subscription.end();
    subscriptions.delete(key);
    if (subscriptions.size === 0) registry.subscriptions.delete(source.channel);
  };
}

/** A throwing subscriber ends the host through `uncaughtException`, so everything happens inside one `try`. */
function guarded(source: ChannelSource, chosen: MetricsCollector | undefined): (message: unknown) => void {
  const registry = processRegistry();
  const reason = source.channel.replace(/^giflab:/, "").replaceAll(/\W/g, "_");
  let bound: MetricsCollector | undefined;
  let record: (message: unknown) => void = () => {};
  return (message) => {
    try {
      const collector = chosen ?? registry.collector ?? getMetricsCollector();
      if (!collector.enabled) return;
      if (collector !== bound) {
        record = source.record(collector);
        bound = collector;
      }
      record(message);
    } catch (error) {
      report(chosen ?? registry.collector, `${reason}_message`, error);
    }
  };
}

function report(collector: MetricsCollector | undefined, reason: string, error: unknown): void {
  let detail = "a field cannot be read";
  try {
    // What a hostile getter throws may itself throw when it is looked at.
    if (error instanceof Error) detail = String(error.message).slice(0, 200);
  } catch {}
  try {
    collector?.reportError(reason, detail);
  } catch {}
}
