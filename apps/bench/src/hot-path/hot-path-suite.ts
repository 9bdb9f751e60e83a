import type { TimingFigure } from "../figure.ts";
import type { Contestant } from "../interleaved-run.ts";

/** Ours and the peers at one operation. */
export interface HotPathSuite {
  readonly title: string;
  readonly prepare: () => PreparedSuite | Promise<PreparedSuite>;
  readonly figures: readonly TimingFigure[];
}

/** A suite ready to run; the first contestant is ours. */
export interface PreparedSuite {
  readonly contestants: readonly Contestant[];
  /** True when they run in another thread, whose heap cannot be seen from here. */
  readonly elsewhere?: boolean;
  readonly close: () => Promise<void>;
}
