import type { MetricsCollector } from "@giflab/metrics-core";

/**
 * A `node:diagnostics_channel` that can be turned into metrics. Anybody may write one: for their own library, or for one
 * that publishes already.
 */
export interface ChannelSource {
  /** Name of the channel, such as `giflab:cache`. */
  readonly channel: string;
  /**
   * Makes the function that records messages into `collector`. Called again for another collector. It may throw at a
   * message it cannot use, before it has recorded anything of it: the caller counts that and protects the publisher.
   */
  record(collector: MetricsCollector): (message: unknown) => void;
}
