/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Pixels that are shared: nobody writes to them, and the type does not let an element be set. Where a signature asks for a
 * plain array they may be passed: it says that it writes in its documentation.
 */
export type SharedPixels = Readonly<Uint8ClampedArray<ArrayBuffer>>;

/** An image as the caches and samplers see it: R, G, B, A per pixel, row by row. */
export interface RgbaImage extends Size {
  readonly rgba: SharedPixels;
}

/** One grey image, a byte per pixel: a level of a pyramid. */
export interface GreyImage extends Size {
  readonly pixels: Uint8Array;
}

export function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
