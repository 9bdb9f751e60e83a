import type { InstanceIdentity, NamedDefinition, RecordedMetricDefinition } from "@giflab/metrics-core";
import type { ExpositionFormat } from "../exposition-format.ts";

/** The key of our messages among those of the program; its number changes when their form does. */
const KEY = "giflab.prometheus/1";

/** What a process has counted since it last said so, in exposed units; series are numbered in the order of their first mention. */
export interface TotalsMessage {
  readonly kind: "totals";
  readonly instance: InstanceIdentity;
  readonly flushIntervalSeconds: number;
  /** Metrics that were not mentioned before, numbered on; `bounds` are those of their buckets. */
  readonly metrics: readonly {
    readonly metric: string;
    readonly definition: RecordedMetricDefinition;
    readonly bounds: readonly number[];
  }[];
  /** Series that were not mentioned before, numbered on: the number of the metric, and the labels as text. */
  readonly series: readonly (readonly [metric: number, labels: string])[];
  /** Number of a series and the increase of a counter or the value of a gauge, in turn. */
  readonly scalars: readonly number[];
  /** Number of a series and the increase of its count, its sum and each of its buckets. */
  readonly distributions: readonly (readonly number[])[];
  /** Formulas, when there are others than before. */
  readonly derived?: readonly NamedDefinition[] | undefined;
  /** The last one of this process: its gauges no longer count. */
  readonly final: boolean;
}

/** What a worker process tells the primary. */
export type ToPrimary =
  /** Somebody is here who has metrics; `id` tells two backends of one process apart. */
  | { readonly kind: "hello"; readonly id: string }
  | TotalsMessage
  /** Everything up to the question is told. */
  | { readonly kind: "collected"; readonly request: number }
  /** Wants the text for a scrape of its own. */
  | { readonly kind: "scrape"; readonly request: number; readonly format: ExpositionFormat["kind"] }
  /** Has written a slice, and wants the next one; or wants no more. */
  | { readonly kind: "more" | "enough"; readonly request: number };

/** What the primary tells a worker process. */
export type ToWorker =
  /** The primary has begun: who is there? */
  | { readonly kind: "call" }
  | { readonly kind: "joined" }
  /** The primary shows no metrics any more. */
  | { readonly kind: "left" }
  /** A message with totals has been taken in. */
  | { readonly kind: "taken" }
  | { readonly kind: "collect"; readonly request: number }
  /** A slice of text; without text it was the last. */
  | { readonly kind: "text"; readonly request: number; readonly text?: string | undefined }
  | { readonly kind: "failed"; readonly request: number; readonly why: string };

/** A message as it is sent. @param channel tells several expositions of one program apart. */
export function packed(channel: string, message: ToPrimary | ToWorker): object {
  return { [KEY]: message, channel };
}

/** Our message in what arrived; `undefined` for messages of others and of other channels. */
export function unpacked<M extends ToPrimary | ToWorker>(channel: string, received: unknown): M | undefined {
  if (typeof received !== "object" || received === null || !Object.hasOwn(received, KEY)) return undefined;
  const { [KEY]: message, channel: sentOn } = received as { readonly [KEY]: M; readonly channel: unknown };
  return sentOn === channel ? message : undefined;
}
