import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { GifError } from "./gif-error.ts";

/** A GIF file that is open for reading. Its errors are GifErrors `UNREADABLE`. */
export class GifFile implements AsyncDisposable {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Reads the next bytes into `target`; resolves to how many, 0 at the end. */
  async read(target: Uint8Array): Promise<number> {
    return readably(async () => (await this.#file.read(target)).bytesRead);
  }

  async readAll(): Promise<Uint8Array<ArrayBuffer>> {
    return readably(async () => (await this.#file.readFile()) as Uint8Array<ArrayBuffer>);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

/**
 * Opens a regular file. Pipes and devices are refused, so that reading never waits for a writer.
 *
 * @throws GifError `UNREADABLE` when it cannot be read, `TOO_LARGE` beyond `maxFileBytes`
 */
export async function openGifFile(path: string, maxFileBytes: number): Promise<GifFile> {
  return readably(async () => {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) {
        throw new GifError("UNREADABLE", stat.isDirectory() ? "it is a folder" : "it is not a regular file");
      }
      if (stat.size > maxFileBytes) throw dataTooLarge(stat.size, maxFileBytes);
      return new GifFile(file);
    } catch (error) {
      await file.close();
      throw error;
    }
  });
}

/** The bytes of a regular file. Throws as `openGifFile`. */
export async function readGifFile(path: string, maxFileBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  await using file = await openGifFile(path, maxFileBytes);
  return await file.readAll();
}

export function dataTooLarge(bytes: number, maxFileBytes: number): GifError {
  return new GifError(
    "TOO_LARGE",
    `too large: the file has ${bytes.toLocaleString("en")} bytes, more than maxFileBytes (${maxFileBytes.toLocaleString("en")}); raise maxFileBytes to decode it`,
  );
}

async function readably<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof GifError) throw error;
    throw new GifError("UNREADABLE", `cannot be read: ${reasonFor(error)}`, { cause: error });
  }
}

function reasonFor(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
