import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { GifError } from "./gif-error.ts";

function reasonFor(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  return error instanceof Error ? error.message : String(error);
}

/**
 * The bytes of a regular file. Pipes and devices are refused, so that reading never waits for a writer.
 *
 * @throws GifError `UNREADABLE` when it cannot be read, `TOO_LARGE` beyond `maxFileBytes`
 */
export async function readGifFile(path: string, maxFileBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile())
        throw new GifError("UNREADABLE", stat.isDirectory() ? "it is a folder" : "it is not a regular file");
      if (stat.size > maxFileBytes) {
        throw new GifError(
          "TOO_LARGE",
          `too large: the file has ${stat.size.toLocaleString("en")} bytes, more than maxFileBytes (${maxFileBytes.toLocaleString("en")}); raise maxFileBytes to decode it`,
        );
      }
      return (await file.readFile()) as Uint8Array<ArrayBuffer>;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof GifError) throw error;
    throw new GifError("UNREADABLE", `cannot be read: ${reasonFor(error)}`, { cause: error });
  }
}
