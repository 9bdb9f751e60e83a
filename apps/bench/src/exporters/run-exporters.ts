import type { Figure } from "../figure.ts";
import { runPrometheus } from "./prometheus-suite.ts";

const PARTS: Readonly<Record<string, () => Promise<Figure[]>>> = { prometheus: runPrometheus };

/** What it costs a program to be read by, or to write to, systems outside. */
export async function runExporters(parts: readonly string[]): Promise<Figure[]> {
  const unknown = parts.filter((part) => !Object.hasOwn(PARTS, part));
  if (unknown.length > 0) {
    throw new Error(`exporters has no part ${unknown.join(", ")}; there are: ${Object.keys(PARTS).join(", ")}`);
  }
  const figures: Figure[] = [];
  for (const [part, run] of Object.entries(PARTS)) {
    if (parts.length === 0 || parts.includes(part)) figures.push(...(await run()));
  }
  return figures;
}
