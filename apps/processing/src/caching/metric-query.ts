import { hash } from "node:crypto";

/** A measured quality: one number, or several with names. */
export type MetricValue = number | { readonly [name: string]: number };

/** What was measured of what: everything that makes a difference to the value. */
export interface MetricQuery {
  /** Metric type, such as `ssim`; counted and invalidated by it. */
  readonly metric: string;
  /**
   * What was compared, in this order: for each side a text that stands for its whole content: `FrameHasher`'s, or
   * `FrameCache.identify` with the frame's index and what was done to it.
   */
  readonly frames: readonly [string, string];
  /** Settings of the metric; the order of keys does not matter. */
  readonly config?: { readonly [name: string]: string | number | boolean | null };
  /** Positions of the frames, when they are part of the result. */
  readonly indices?: readonly [number, number];
}

/** A digest of the query as data: parts are quoted, so that no two queries run together. */
export function queryKey({ metric, frames, config = {}, indices }: MetricQuery): string {
  const settings = Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([metric, frames, settings, indices ?? null]);
  return hash("sha256", text, "base64url");
}

/** Whether a value can be kept: JSON has no infinities and no NaN. */
export function allFinite(value: MetricValue): boolean {
  return typeof value === "number" ? Number.isFinite(value) : Object.values(value).every(Number.isFinite);
}

/** The value in stored bytes; `undefined` when they are not of one. */
export function parseValue(data: Uint8Array): MetricValue | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString());
    if (typeof value === "number") return value;
    return typeof value === "object" && value !== null ? (value as MetricValue) : undefined;
  } catch {
    return undefined;
  }
}
