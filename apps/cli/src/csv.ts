/** A cell of a CSV file: text, a number, or nothing. */
export type CsvCell = string | number | boolean | null | undefined;

/** One line of a CSV file as RFC 4180 has it, with its line end; absent values are empty cells. */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(cell: CsvCell): string {
  if (cell === undefined || cell === null) return "";
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
