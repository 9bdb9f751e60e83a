import { dataTooLarge, openGifFile } from "./read-gif-file.ts";

/** Where the bytes of a GIF come from: a path, the bytes, or chunks of them (a Node or web stream, a generator). */
export type GifSource = string | Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

const CHUNK_BYTES = 64 * 1024;

/**
 * The chunks of a source, in order. A chunk of a file is gone with the next one.
 *
 * @throws GifError `UNREADABLE` when a file cannot be read, `TOO_LARGE` beyond `maxFileBytes`
 * @throws TypeError for a chunk that is not bytes
 */
export async function* sourceChunks(source: GifSource, maxFileBytes: number): AsyncGenerator<Uint8Array, void> {
  if (typeof source === "string") yield* fileChunks(source, maxFileBytes);
  else if (source instanceof Uint8Array) yield source;
  else {
    let bytes = 0;
    for await (const chunk of source) {
      if (!(chunk instanceof Uint8Array)) {
        throw new TypeError(`a GIF is read from chunks of bytes (Uint8Array), got ${typeof chunk}`);
      }
      bytes += chunk.length;
      if (bytes > maxFileBytes) throw dataTooLarge(bytes, maxFileBytes);
      yield chunk;
    }
  }
}

async function* fileChunks(path: string, maxFileBytes: number): AsyncGenerator<Uint8Array, void> {
  await using file = await openGifFile(path, maxFileBytes);
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const bytes = await file.read(chunk);
    if (bytes === 0) return;
    yield chunk.subarray(0, bytes);
  }
}
