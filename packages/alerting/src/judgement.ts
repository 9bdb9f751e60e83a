import type { MetricSummary } from "@giflab/metrics-core";
import type { SummaryIndex } from "./summary-index.ts";

/** A series whose value was compared. */
export interface Judged {
  readonly kind: "judged";
  readonly summary: MetricSummary;
  /** What is compared with the thresholds: the statistic, its share of a limit, or its ratio to a baseline. */
  readonly value: number;
  /** The statistic itself. */
  readonly measured: number;
  readonly limit?: number | undefined;
  readonly baseline?: number | undefined;
  /** What the value leaves out, in words; begins with a comma. */
  readonly note?: string;
}

/**
 * A series that could not be judged. `noData`: nothing is known of it, which the rule's no-data policy is about. `learning`:
 * too little is known of its past. `unjudged`: it has data, but too little of it, or not what the rule asks for: that is no
 * alert under any policy.
 */
export interface NotJudged {
  readonly kind: "noData" | "learning" | "unjudged";
  readonly summary: MetricSummary;
  readonly reason: string;
}

/** How one series stands with a rule. */
export type Judgement = Judged | NotJudged;

/** What a rule is judged on. */
export interface Evidence {
  /** Start of the window, epoch seconds. */
  readonly from: number;
  /** The window, merged over writers; of a rule with a limit, each writer's own. */
  readonly window: SummaryIndex;
  /** What it is compared with, of a rule with a baseline. */
  readonly past: SummaryIndex;
  /** Why there is no past, where that has another reason than time. */
  readonly pastProblem?: string | undefined;
}
