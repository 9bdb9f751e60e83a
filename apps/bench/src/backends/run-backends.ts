import type { Figure } from "../figure.ts";
import { measureInfluxdb } from "./measure-influxdb.ts";
import { measureOtlp } from "./measure-otlp.ts";
import { measureStatsd } from "./measure-statsd.ts";

const PARTS: Readonly<Record<string, () => Promise<Figure[]>>> = {
  influxdb: measureInfluxdb,
  otlp: measureOtlp,
  statsd: measureStatsd,
};

/** What it costs a program to send its metrics to other systems. */
export async function runBackends(parts: readonly string[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const part of parts.length === 0 ? Object.keys(PARTS) : parts) {
    const measure = Object.hasOwn(PARTS, part) ? PARTS[part] : undefined;
    if (measure === undefined) {
      throw new Error(`no part of backends is called ${part}; there are: ${Object.keys(PARTS).join(", ")}`);
    }
    figures.push(...(await measure()));
  }
  return figures;
}
