import type { Figure } from "./figure.ts";
import { ratio, type Timing } from "./interleaved-run.ts";

/** Prints rows with the first column to the left and the others to the right. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => (row[column] ?? "").length)));
  for (const row of [header, ...rows]) {
    const cells = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)));
    console.log(`  ${cells.join("   ")}`.trimEnd());
  }
}

/** Prints timings; the first is ours, and each of the others says how many times it took. */
export function printTimings(title: string, timings: readonly Timing[]): void {
  console.log(`\n${title}`);
  const [ours] = timings;
  printTable(
    ["", "ns", "quartiles", "x ours"],
    timings.map((timing) => [
      timing.name,
      timing.ns.toFixed(1),
      timing.quartiles.map((ns) => ns.toFixed(1)).join(" .. "),
      ours === undefined || timing === ours ? "" : ratio(timing, ours).toFixed(1),
    ]),
  );
}

/** Prints figures with what was got and whether that is enough. */
export function printFigures(figures: readonly Figure[]): void {
  for (const { text, got, reached } of figures) console.log(`  ${reached ? "reached" : "MISSED "}  ${text}: ${got}`);
}
