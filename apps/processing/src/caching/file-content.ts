import { readFileSync } from "node:fs";
import type { ContentHasher } from "./content-hash.ts";
import { type FileVersion, fileVersion } from "./file-version.ts";

const MAX_PATHS = 10_000;

/** Contents of files: read and hashed when their version is another than at the last look. */
export class FileContents {
  readonly #hasher: ContentHasher;
  /** By path, the one looked at longest ago first. */
  readonly #known = new Map<string, { readonly version: string; readonly content: string }>();

  constructor(hasher: ContentHasher) {
    this.#hasher = hasher;
  }

  /** The file with its content as subject; `undefined` when there is no such file or it cannot be read. */
  of(path: string): FileVersion | undefined {
    const file = fileVersion(path);
    if (file === undefined) return undefined;
    const known = this.#known.get(file.path);
    if (known?.version === file.version) return { path: file.path, subject: known.content, version: "content" };
    const content = this.#read(file.path);
    // A file that is being written to has no content yet that could be named.
    if (content === undefined || fileVersion(path)?.version !== file.version) return undefined;
    this.#known.delete(file.path);
    if (this.#known.size >= MAX_PATHS) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(file.path, { version: file.version, content });
    return { path: file.path, subject: content, version: "content" };
  }

  #read(path: string): string | undefined {
    try {
      const bytes = readFileSync(path);
      return `${this.#hasher(bytes)}:${bytes.byteLength}`;
    } catch {
      return undefined;
    }
  }
}
