import { type Clock, systemClock } from "@giflab/metrics-core";
import { displayWidth } from "./display-text.ts";
import { formatDuration } from "./duration.ts";
import { formatNumber } from "./quantity.ts";

/** What `Progress` writes to: `process.stderr`, or anything like it. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** What is being done: `warming the frame cache`. */
  readonly label: string;
  /** How many units of work there are, when that is known: shows per cent and the time that is left. */
  readonly total?: number;
  /** What is counted: `files`. */
  readonly unit?: string;
  /** Default `process.stderr`: stdout is data. */
  readonly stream?: ProgressStream;
  /** Away from a terminal: seconds between two lines. Default 5. */
  readonly intervalSeconds?: number;
  readonly clock?: Clock;
}

/** How often a terminal's line is redrawn at most. */
const REDRAW_SECONDS = 0.1;
const BAR_COLUMNS = 20;
/** On a narrower terminal the words are worth more. */
const LEAST_COLUMNS_FOR_BAR = 60;

/**
 * Shows how long work gets on: on a terminal one line that is redrawn, with a bar when the total is known; elsewhere (a
 * log, CI) one line per interval.
 * Has no timer of its own: it speaks when `update` is called, and costs nothing between.
 */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #stream: ProgressStream;
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #started: number;
  #lastShown: number;
  #drawn = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#stream = options.stream ?? process.stderr;
    this.#clock = options.clock ?? systemClock;
    this.#interval = this.#stream.isTTY ? REDRAW_SECONDS : (options.intervalSeconds ?? 5);
    this.#started = this.#clock.monotonic();
    this.#lastShown = this.#stream.isTTY ? Number.NEGATIVE_INFINITY : this.#started;
  }

  /** @param done units finished so far; @param detail what is worked on right now. */
  update(done: number, detail?: string): void {
    const now = this.#clock.monotonic();
    if (now - this.#lastShown < this.#interval) return;
    this.#lastShown = now;
    const line = this.#line(done, now - this.#started, detail);
    // A terminal that does not know its width says 0.
    const columns = this.#stream.columns || 80;
    if (!this.#stream.isTTY) {
      this.#stream.write(`${line}\n`);
      return;
    }
    this.#drawn = true;
    this.#stream.write(`\r\x1b[2K${cut(`${this.#bar(done, columns)}${line}`, columns - 1)}`);
  }

  /** Removes the redrawn line, so that other output starts on a clean one. */
  clear(): void {
    if (this.#drawn) this.#stream.write("\r\x1b[2K");
    this.#drawn = false;
  }

  /** Ends it: removes the redrawn line and, if given, leaves one last line. */
  finish(message?: string): void {
    this.clear();
    if (message !== undefined) this.#stream.write(`${message}\n`);
  }

  #bar(done: number, columns: number): string {
    const { total } = this.#options;
    if (total === undefined || total <= 0 || columns < LEAST_COLUMNS_FOR_BAR) return "";
    const filled = Math.floor(Math.min(1, done / total) * BAR_COLUMNS);
    return `[${"#".repeat(filled)}${"-".repeat(BAR_COLUMNS - filled)}] `;
  }

  #line(done: number, elapsed: number, detail: string | undefined): string {
    const { label, total, unit } = this.#options;
    const parts = [
      total === undefined ? formatNumber(done, 15) : `${formatNumber(done, 15)} of ${formatNumber(total, 15)}`,
    ];
    if (unit !== undefined) parts[0] += ` ${unit}`;
    if (total !== undefined && total > 0) {
      parts.push(`${Math.floor((done / total) * 100)} %`);
      if (done > 0 && done < total && elapsed >= 1)
        parts.push(`${formatDuration((elapsed / done) * (total - done))} left`);
    }
    if (detail !== undefined) parts.push(detail);
    return `${label}: ${parts.join(", ")}`;
  }
}

function cut(line: string, columns: number): string {
  if (displayWidth(line) <= columns) return line;
  let kept = "";
  for (const character of line) {
    if (displayWidth(kept + character) >= columns) break;
    kept += character;
  }
  return `${kept}~`;
}
