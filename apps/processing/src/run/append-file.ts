import { type FileHandle, open } from "node:fs/promises";

/** A file that grows at its end. What an append leaves behind is all of its text or, when the disk is full, nothing. */
export class AppendFile {
  readonly #file: FileHandle;
  #bytes: number;

  private constructor(file: FileHandle, bytes: number) {
    this.#file = file;
    this.#bytes = bytes;
  }

  /** Opens the file at `path`, or creates it. @throws the file system's error */
  static async open(path: string): Promise<AppendFile> {
    const file = await open(path, "a");
    return new AppendFile(file, (await file.stat()).size);
  }

  /** Bytes in the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /** One call at a time. @throws the file system's error, with the file as it was before */
  async append(text: string): Promise<void> {
    const before = this.#bytes;
    try {
      await this.#file.appendFile(text);
      this.#bytes += Buffer.byteLength(text);
    } catch (error) {
      await this.cutTo(before);
      throw error;
    }
  }

  /** Takes back what was appended after the file had `bytes` bytes. Does what it can: never throws. */
  async cutTo(bytes: number): Promise<void> {
    try {
      await this.#file.truncate(bytes);
      this.#bytes = bytes;
    } catch {
      // Something that is no regular file; whoever reads it later skips a line without an end.
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
