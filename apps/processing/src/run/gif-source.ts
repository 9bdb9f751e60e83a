import { createHash } from "node:crypto";
import { readGifFile } from "../gif/read-gif-file.ts";

/** A file as it was read: everything about it is of these bytes, whatever happens to the file. */
export interface GifSource {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256, 64 hex digits. */
  readonly sha: string;
}

/** @throws GifError `UNREADABLE`, `TOO_LARGE` */
export async function readSource(path: string, maxFileBytes: number): Promise<GifSource> {
  const bytes = await readGifFile(path, maxFileBytes);
  return { path, bytes, sha: createHash("sha256").update(bytes).digest("hex") };
}
