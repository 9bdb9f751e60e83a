import type { MetricKind } from "../metric-definition.ts";

/** How values of a metric are written for systems that want base units. */
export interface ExposedUnit {
  /** What the name ends with: `seconds`, `bytes`, or nothing. */
  readonly suffix: "seconds" | "bytes" | "";
  /** Stored values times this are in that unit. */
  readonly factor: number;
}

/** What is said of a metric that decides how it is exposed. */
export interface ExposedMetric {
  readonly name: string;
  readonly kind: MetricKind;
  readonly unit?: string | undefined;
}

/** 2^10: `MB` in names, units and configuration means 2^20 bytes throughout. */
const KILO = 1024;

const BASE_UNITS: Readonly<Record<string, ExposedUnit>> = {
  ns: { suffix: "seconds", factor: 1e-9 },
  us: { suffix: "seconds", factor: 1e-6 },
  ms: { suffix: "seconds", factor: 1e-3 },
  s: { suffix: "seconds", factor: 1 },
  min: { suffix: "seconds", factor: 60 },
  h: { suffix: "seconds", factor: 3600 },
  By: { suffix: "bytes", factor: 1 },
  kB: { suffix: "bytes", factor: KILO },
  KiBy: { suffix: "bytes", factor: KILO },
  MB: { suffix: "bytes", factor: KILO ** 2 },
  MiBy: { suffix: "bytes", factor: KILO ** 2 },
  GB: { suffix: "bytes", factor: KILO ** 3 },
  GiBy: { suffix: "bytes", factor: KILO ** 3 },
};

const NO_UNIT: ExposedUnit = { suffix: "", factor: 1 };

/**
 * The base unit in which a metric is exposed. Timers are seconds; a metric without a unit whose name ends in `_mb` holds
 * MB of 2^20 bytes, as everywhere here. Units that are no durations and no sizes (`1`, `{frame}`) stay as they are.
 *
 * `cache.frame.memory_usage_mb` with 2.5 is exposed as 2621440 bytes: `{ suffix: "bytes", factor: 1048576 }`.
 */
export function exposedUnit({ name, kind, unit }: ExposedMetric): ExposedUnit {
  if (unit === undefined) {
    if (kind === "timer") return BASE_UNITS["s"]!;
    return endsInMb(name) ? BASE_UNITS["MB"]! : NO_UNIT;
  }
  return Object.hasOwn(BASE_UNITS, unit) ? BASE_UNITS[unit]! : NO_UNIT;
}

/** Whether a name says that its values are MB. */
export function endsInMb(name: string): boolean {
  return /[._]mb$/.test(name);
}
