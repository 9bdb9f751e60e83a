import type { Tags } from "@giflab/metrics-core";

/** A label's value between its quotes: backslash, quote and line feed are escaped, in both formats alike. */
export function escapeLabelValue(value: string): string {
  return /[\\"\n\0]/.test(value) ? whole(value).replace(/[\\"\n]/g, escaped) : value;
}

/** The text of `# HELP`: Prometheus text knows no escaped quote there, OpenMetrics demands it. */
export function escapeHelp(help: string, format: "openmetrics" | "text"): string {
  return whole(help).replace(format === "openmetrics" ? /[\\"\n]/g : /[\\\n]/g, escaped);
}

/**
 * `a="x",b="y"`, without braces. An empty value is left out, as for Prometheus that is a label that is not there.
 * @param labelOf the label of a tag's key.
 */
export function labelText(tags: Tags, labelOf: (key: string) => string): string {
  let text = "";
  for (const [key, value] of Object.entries(tags)) {
    if (value === "") continue;
    text += `${text === "" ? "" : ","}${labelOf(key)}="${escapeLabelValue(value)}"`;
  }
  return text;
}

/** Scrapers take a NUL for the end of the text. */
function whole(text: string): string {
  return text.replaceAll("\0", "\ufffd");
}

function escaped(character: string): string {
  return character === "\n" ? "\\n" : `\\${character}`;
}
