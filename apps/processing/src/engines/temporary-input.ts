import { randomUUID } from "node:crypto";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineError } from "./engine-error.ts";

/**
 * Bytes as an open file that a program reads as its standard input, from the start and with seeking, which a pipe does
 * not allow. The file loses its name before anything is written: however this process ends, nothing is left behind.
 *
 * @throws EngineError `TEMPORARY_FILE`
 */
export async function openTemporaryInput(bytes: Uint8Array): Promise<FileHandle> {
  const path = join(tmpdir(), `giflab-${randomUUID()}.gif`);
  let file: FileHandle | undefined;
  try {
    file = await open(path, "wx+", 0o600);
    await unlink(path);
    // Written at a position, because the reader shares this file's offset and begins where it stands.
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, at, bytes.length - at, at);
      at += bytesWritten;
    }
    return file;
  } catch (error) {
    await file?.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError(
      "TEMPORARY_FILE",
      `no temporary file in ${tmpdir()} (${reason}): set TMPDIR to a folder with space`,
      {
        cause: error,
      },
    );
  }
}
