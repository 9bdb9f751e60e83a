import { type InstanceIdentity, LIVE_FLUSH_INTERVALS } from "@giflab/metrics-core";

/** A process whose snapshots are exposed, and whether its gauges still count. */
export class InstanceState {
  readonly identity: InstanceIdentity;
  /** Of the last snapshot that was taken in. */
  sequence = 0;
  /** Monotonic seconds of this process at which it was last heard of. */
  heardAt: number = Number.NEGATIVE_INFINITY;
  flushIntervalSeconds = 10;
  /** Closed, or its process has ended. */
  ended = false;

  constructor(identity: InstanceIdentity) {
    this.identity = identity;
  }

  /** Not ended, and heard of within three of its flush intervals. */
  isLive(monotonic: number): boolean {
    return !this.ended && monotonic - this.heardAt <= LIVE_FLUSH_INTERVALS * this.flushIntervalSeconds;
  }
}
