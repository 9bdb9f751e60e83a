import { displayWidth } from "./display-text.ts";

/** A column of a table: its heading and on which side its cells line up. */
export interface TableColumn {
  readonly heading: string;
  /** Default `left`; numbers read better with `right`. */
  readonly align?: "left" | "right";
}

/**
 * Lines of a table with two blanks between columns and no trailing blanks: headings, then the rows. Columns that are empty
 * in every row are left out. Cells may carry colours; make text of unknown origin `printable` first.
 * (Its own forty lines instead of a library: those weigh more than a whole command's start-up.)
 */
export function renderTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string[] {
  const used = columns
    .map((column, index) => ({ ...column, index }))
    .filter(({ index }) => rows.length === 0 || rows.some((row) => (row[index] ?? "") !== ""));
  const widths = used.map(({ heading, index }) =>
    rows.reduce((widest, row) => Math.max(widest, displayWidth(row[index] ?? "")), displayWidth(heading)),
  );
  const line = (cell: (column: (typeof used)[number]) => string): string =>
    used
      .map((column, position) => {
        const text = cell(column);
        const padding = " ".repeat(Math.max(0, widths[position]! - displayWidth(text)));
        return column.align === "right" ? padding + text : text + padding;
      })
      .join("  ")
      .trimEnd();
  return [line(({ heading }) => heading), ...rows.map((row) => line(({ index }) => row[index] ?? ""))];
}
