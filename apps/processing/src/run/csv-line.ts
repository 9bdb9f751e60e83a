/** A value of a CSV cell; nothing at all for `undefined`. */
export type CsvValue = string | number | boolean | undefined;

/** Quotes what needs it (RFC 4180). Text that a spreadsheet would run as a formula gets a leading apostrophe. */
export function csvCell(value: CsvValue): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One row with its line break. Columns that `row` lacks are empty cells. */
export function csvLine<Column extends string>(
  columns: readonly Column[],
  row: Readonly<Partial<Record<Column, CsvValue>>>,
): string {
  return `${columns.map((column) => csvCell(row[column])).join(",")}\n`;
}

/** The row above all others, with its line break. */
export function csvHeader(columns: readonly string[]): string {
  return `${columns.join(",")}\n`;
}
