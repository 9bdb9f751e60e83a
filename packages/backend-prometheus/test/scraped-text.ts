import type { ExpositionFormat, ScrapeSource } from "@giflab/backend-prometheus";

/** The whole text of a scrape. */
export async function scraped(source: ScrapeSource, format?: ExpositionFormat): Promise<string> {
  let text = "";
  for await (const slice of source.scrape(format)) text += slice;
  return text;
}

/** Lines that are samples, comments left out. */
export function sampleLines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** The lines of one metric, its parts (`_bucket`, `_sum`) included. */
export function linesOf(text: string, name: string): string[] {
  return sampleLines(text).filter((line) => line.startsWith(name));
}

/** The value of the line that begins with exactly this name and these labels; `undefined` without such a line. */
export function sampleOf(text: string, series: string): number | undefined {
  const line = sampleLines(text).find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}
