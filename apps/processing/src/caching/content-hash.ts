import { hash } from "node:crypto";
import xxhash from "xxhash-wasm";

/** A text that stands for all bytes of a file; the texts of different kinds of hash are different. */
export type ContentHasher = (bytes: Uint8Array) => string;

let loading: Promise<ContentHasher> | undefined;

/** Loads xxHash64 in WebAssembly (about 5 GB/s), once per process. */
export function loadContentHasher(): Promise<ContentHasher> {
  loading ??= xxhash().then(
    ({ h64Raw }) =>
      (bytes: Uint8Array) =>
        `xxh64:${h64Raw(bytes).toString(16)}`,
  );
  return loading;
}

/** SHA-1, which needs no loading. */
export const sha1Content: ContentHasher = (bytes) => `sha1:${hash("sha1", bytes, "base64url")}`;
