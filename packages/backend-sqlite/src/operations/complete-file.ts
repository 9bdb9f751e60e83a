import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { MetricsError } from "@giflab/metrics-core";

const FILE_MODE = 0o600;
const SIDE_FILES = ["-wal", "-shm", "-journal"] as const;

/** A database file that appears under its name only when it is complete: made beside it, synchronised, renamed. */
export class CompleteFile {
  /** What to write into: an empty file, for its owner only. */
  readonly temporary: string;
  readonly #path: string;
  readonly #overwrite: boolean;

  /** Throws `BACKEND_UNAVAILABLE` when the folder is missing or cannot be written to. */
  constructor(path: string, overwrite: boolean) {
    this.#path = path;
    this.#overwrite = overwrite;
    this.temporary = `${path}.${process.pid}.tmp`;
    // Left by a process of the same number that was killed.
    this.#reporting(() => {
      this.#sweep();
      closeSync(openSync(this.temporary, "wx", FILE_MODE));
    });
  }

  /** Gives it its name. Throws `INVALID_OPTION` when somebody else has made a file of that name meanwhile. */
  finish(): void {
    this.#reporting(() => {
      synchronise(this.temporary);
      if (this.#overwrite) {
        // The log of the file that goes must not be taken for the new one's.
        for (const suffix of SIDE_FILES) rmSync(this.#path + suffix, { force: true });
        renameSync(this.temporary, this.#path);
      } else this.#renameToNew();
      try {
        synchronise(dirname(this.#path));
      } catch {
        // Not every system can do that with a folder.
      }
      this.#sweep();
    });
  }

  /** Leaves nothing behind. */
  abandon(): void {
    this.#sweep();
  }

  /** A link, unlike a rename, does not replace what is there. */
  #renameToNew(): void {
    try {
      linkSync(this.temporary, this.#path);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "EEXIST") throw fileExists(this.#path);
      if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw cause;
      renameSync(this.temporary, this.#path);
    }
  }

  #sweep(): void {
    for (const suffix of ["", ...SIDE_FILES]) rmSync(this.temporary + suffix, { force: true });
  }

  #reporting<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof MetricsError) throw cause;
      throw new MetricsError("BACKEND_UNAVAILABLE", `cannot write ${this.#path}: ${reasonOf(cause)}`, { cause });
    }
  }
}

/** For a target that must not be there. */
export function fileExists(path: string): MetricsError {
  return new MetricsError("INVALID_OPTION", `${path} exists already: name another file, or overwrite it with --force`);
}

function synchronise(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT") return "its folder does not exist";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return "its folder may not be written to";
  if (code === "ENOSPC" || code === "EDQUOT") return "the disk is full";
  if (code === "EISDIR" || code === "ENOTEMPTY") return "it is a folder";
  return message;
}
