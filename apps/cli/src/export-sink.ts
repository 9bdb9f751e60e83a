import { once } from "node:events";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { CommandError } from "@giflab/cli-kit";

/** Where an export is written; `write` resolves when more may come, so that a slow reader slows the export down. */
export interface TextSink {
  write(text: string): Promise<void>;
  /** Everything is written. */
  finish(): Promise<void>;
  /** Something went wrong: leaves nothing behind. */
  abandon(): Promise<void>;
}

/** A stream such as stdout. What was written cannot be taken back. */
export class StreamSink implements TextSink {
  readonly #stream: NodeJS.WritableStream;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  async write(text: string): Promise<void> {
    if (!this.#stream.write(text)) await once(this.#stream, "drain");
  }

  async finish(): Promise<void> {}

  async abandon(): Promise<void> {}
}

/** A file that appears under its name only when it is complete: written beside it, synchronised, renamed. */
export class FileSink implements TextSink {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #removeOnSignal: () => void;

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
    this.#removeOnSignal = () => {
      void this.abandon().finally(() => process.exit(130));
    };
    process.once("SIGINT", this.#removeOnSignal).once("SIGTERM", this.#removeOnSignal);
  }

  /** @throws CommandError when the folder is missing or cannot be written to. */
  static async create(path: string): Promise<FileSink> {
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      return new FileSink(path, temporary, await open(temporary, "wx"));
    } catch (error) {
      throw new CommandError(`cannot write ${path}: ${reason(error)}`, undefined, { cause: error });
    }
  }

  async write(text: string): Promise<void> {
    try {
      await this.#file.appendFile(text);
    } catch (error) {
      throw new CommandError(`cannot write ${this.#path}: ${reason(error)}`, undefined, { cause: error });
    }
  }

  async finish(): Promise<void> {
    try {
      await this.#file.sync();
      await this.#file.close();
      await rename(this.#temporary, this.#path);
    } catch (error) {
      throw new CommandError(`cannot write ${this.#path}: ${reason(error)}`, undefined, { cause: error });
    }
    this.#leaveSignals();
  }

  async abandon(): Promise<void> {
    this.#leaveSignals();
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }

  #leaveSignals(): void {
    process.off("SIGINT", this.#removeOnSignal).off("SIGTERM", this.#removeOnSignal);
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "its folder does not exist";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return "its folder may not be written to";
  if (code === "ENOSPC") return "the disk is full";
  if (code === "EISDIR" || code === "ENOTEMPTY") return "it is a folder";
  return message;
}
