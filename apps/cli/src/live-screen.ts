import { stripVTControlCharacters } from "node:util";
import { displayWidth } from "@giflab/cli-kit";

/** What a `LiveScreen` draws on: `process.stdout`, or anything like it. */
export interface ScreenStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_LINE = "\x1b[2K";
const CLEAR_SCREEN = "\x1b[2J\x1b[H";

/**
 * Shows lines that are replaced by the next ones. On a terminal they are redrawn in place, only what changed, cut to the
 * window; elsewhere each drawing is a block of its own, followed by an empty line.
 */
export class LiveScreen {
  readonly #stream: ScreenStream;
  #shown: readonly string[] | undefined;
  #size = "";

  constructor(stream: ScreenStream) {
    this.#stream = stream;
  }

  draw(lines: readonly string[]): void {
    if (!this.#stream.isTTY) {
      this.#stream.write(`${lines.join("\n")}\n\n`);
      return;
    }
    const { columns = 80, rows = 24 } = this.#stream;
    const fitting = fit(lines, columns, rows - 1);
    const size = `${columns}x${rows}`;
    let output = "";
    if (this.#shown === undefined || size !== this.#size) {
      output += HIDE_CURSOR + CLEAR_SCREEN;
      this.#shown = [];
    }
    for (let row = 0; row < Math.max(fitting.length, this.#shown.length); row++) {
      const line = fitting[row] ?? "";
      if (line !== (this.#shown[row] ?? "")) output += `\x1b[${row + 1};1H${CLEAR_LINE}${line}`;
    }
    this.#size = size;
    this.#shown = fitting;
    this.#stream.write(`${output}\x1b[${fitting.length + 1};1H`);
  }

  /** Gives the cursor back, below what was drawn. */
  end(): void {
    if (this.#stream.isTTY && this.#shown !== undefined) this.#stream.write(SHOW_CURSOR);
  }
}

/** The lines that fit, the last one saying how many do not. */
function fit(lines: readonly string[], columns: number, rows: number): string[] {
  const fitting = lines.map((line) => cut(line, columns));
  if (fitting.length <= rows) return fitting;
  const hidden = fitting.length - rows + 1;
  return [
    ...fitting.slice(0, rows - 1),
    cut(`... ${hidden} more lines: a taller window, --system or --metric`, columns),
  ];
}

/** A line that is too wide loses its colours too: cutting inside one would dye what follows. */
function cut(line: string, columns: number): string {
  if (displayWidth(line) <= columns) return line;
  let kept = "";
  for (const character of stripVTControlCharacters(line)) {
    if (displayWidth(kept + character) >= columns) break;
    kept += character;
  }
  return `${kept}~`;
}
