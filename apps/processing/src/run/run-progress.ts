import { basename } from "node:path";
import { formatDuration, Progress, type ProgressOptions, printable } from "@giflab/cli-kit";

/**
 * How a run gets on, with its rate and the time that is left. What an earlier process did of the run counts for neither.
 */
export class RunProgress {
  readonly #progress: Progress;
  readonly #before: number;
  readonly #began = performance.now();

  /** @param before GIFs out of `total` that need nothing more */
  constructor(preset: string, total: number, before: number, options: Partial<ProgressOptions> = {}) {
    const left = total - before;
    const label = before === 0 ? preset : `${preset}, ${before.toLocaleString("en")} done before`;
    this.#progress = new Progress({ label, total: left, unit: left === 1 ? "GIF" : "GIFs", ...options });
    this.#before = before;
  }

  /** @param done GIFs that are done, the earlier ones among them; @param path the last of them */
  update(done: number, path: string): void {
    const here = done - this.#before;
    if (here <= 0) return;
    const seconds = (performance.now() - this.#began) / 1000;
    const rate = here >= seconds ? `${(here / seconds).toFixed(1)} a second` : `${formatDuration(seconds / here)} each`;
    this.#progress.update(here, `${rate}, ${printable(basename(path))}`);
  }

  /** Removes the line from the terminal. */
  clear(): void {
    this.#progress.clear();
  }
}
