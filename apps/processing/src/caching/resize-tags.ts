import type { CacheTags } from "./cache-activity.ts";

const MAX_SIZES = 64;

/**
 * The tags `size` ("240x135") and `method` of look-ups of resized frames. A cache tells 64 sizes apart, those it sees
 * first; the others are `other`, so that files of all sizes make no series without end.
 */
export class ResizeTags {
  readonly #known = new Map<string, Map<string, CacheTags>>();

  /** The same object for the same size and method. */
  of(size: { readonly width: number; readonly height: number }, method: string): CacheTags {
    let name = `${size.width}x${size.height}`;
    let ofSize = this.#known.get(name);
    if (ofSize === undefined) {
      if (this.#known.size >= MAX_SIZES) name = "other";
      ofSize = this.#known.get(name) ?? new Map<string, CacheTags>();
      this.#known.set(name, ofSize);
    }
    let tags = ofSize.get(method);
    if (tags === undefined) {
      tags = { size: name, method };
      ofSize.set(method, tags);
    }
    return tags;
  }
}
