import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** How large a log may get, and where problems are told. */
export interface RotatingFileOptions {
  readonly path: string;
  /** A file that has reached this size becomes `<path>.1`. */
  readonly maxBytes: number;
  /** Older files kept: `<path>.1` (the newest) to `<path>.<keep>`. */
  readonly keep: number;
  /** Called once, with the first error; writing is given up then. */
  readonly onError: (error: Error) => void;
}

/**
 * A file that lines are appended to, and that is renamed away when it has grown too large, so that `path` is always the
 * file being written (`tail -F` follows it). Lines are written at once: nothing is lost when the process dies. Several
 * processes can share it; each opens the new file when it finds that another has renamed the old one.
 */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #descriptor: number | undefined;
  #failed = false;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
    this.#attempt(() => {
      mkdirSync(dirname(options.path), { recursive: true });
      this.#open();
    });
  }

  /** Appends `text`, which ends with a line break. Never throws. */
  write(text: string): void {
    if (this.#failed) return;
    this.#attempt(() => {
      this.#rotateIfNeeded();
      writeSync(this.#descriptor ?? this.#open(), text);
    });
  }

  close(): void {
    this.#failed = true;
    this.#release();
  }

  #open(): number {
    this.#descriptor = openSync(this.#options.path, "a");
    return this.#descriptor;
  }

  #release(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #rotateIfNeeded(): void {
    if (this.#descriptor === undefined) return;
    const { path, keep, maxBytes } = this.#options;
    const own = fstatSync(this.#descriptor);
    const current = statSync(path, { throwIfNoEntry: false });
    if (current?.ino === own.ino && own.size < maxBytes) return;
    this.#release();
    if (current === undefined || current.size < maxBytes) return;
    for (let number = keep - 1; number >= 1; number--) moveIfThere(`${path}.${number}`, `${path}.${number + 1}`);
    if (keep > 0) moveIfThere(path, `${path}.1`);
    else rmSync(path, { force: true });
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.close();
      this.#options.onError(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
