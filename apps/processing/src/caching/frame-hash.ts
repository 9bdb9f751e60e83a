import xxhash from "xxhash-wasm";
import type { RgbaImage } from "./rgba-image.ts";

/** A text that stands for every byte and the shape of an image. */
export type FrameHasher = (image: RgbaImage) => string;

let loading: Promise<FrameHasher> | undefined;

/** Loads the hash (xxHash64 in WebAssembly, about 5 GB/s), once per process. */
export function loadFrameHasher(): Promise<FrameHasher> {
  loading ??= xxhash().then(({ h64Raw }) => ({ rgba, width, height }: RgbaImage) => {
    const bytes = new Uint8Array(rgba.buffer, rgba.byteOffset, rgba.byteLength);
    return `${h64Raw(bytes).toString(16)}:${width}x${height}`;
  });
  return loading;
}
