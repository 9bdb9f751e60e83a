import { counterPoint, gaugePoint, histogramPoint, timerPoint } from "@giflab/backend-testkit";
import type { SnapshotPoint } from "@giflab/metrics-core";

/** Text that no program would use and that one day comes anyway. */
export const HOSTILE_TEXT: readonly string[] = [
  " ",
  "__proto__",
  "constructor",
  "line\nbreak",
  "nul\u0000byte",
  "tab\tand\rreturn",
  "\u202eright-to-left",
  "\ufeffbom",
  "emoji 👩‍👩‍👧",
  "Größe",
  "\u2028line separator",
  "\u0085next line",
  '"quoted"',
  "back\\slash",
  "back\\",
  "\\n",
  'a{b="c"} 1',
  "# EOF",
  "# TYPE x counter",
  "%s%n",
  "le",
  "quantile",
  "__name__",
  "job",
  "instance",
  "9lives",
  "x".repeat(256),
];

/** Names, tags, values and descriptions made of it. Numbers are `1 + place`, so that they can be told apart. */
export function hostilePoints(): SnapshotPoint[] {
  return [
    ...HOSTILE_TEXT.map((text, i) => counterPoint(`h.${text}`, 1 + i, { description: text, unit: text })),
    ...HOSTILE_TEXT.map((text, i) => gaugePoint("h.values", 1 + i, { tags: Object.fromEntries([["tag", text]]) })),
    ...HOSTILE_TEXT.map((text, i) => timerPoint("h.keys", [1 + i], { tags: Object.fromEntries([[text, "value"]]) })),
    counterPoint("h.max", Number.MAX_VALUE),
    gaugePoint("h.tiny", -Number.MIN_VALUE),
    histogramPoint("h.spread", [-1e300, 0, 1e300]),
  ];
}
