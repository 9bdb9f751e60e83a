import { createRequire } from "node:module";

/** Colours as gifenc has them: red, green, blue, and alpha in some formats. */
export type GifencPalette = number[][];

/** How gifenc writes one frame; the first one needs a palette, later ones use it when they have none. */
export interface GifencFrameOptions {
  readonly palette?: GifencPalette;
  /** Milliseconds. */
  readonly delay?: number;
  readonly repeat?: number;
  readonly transparent?: boolean;
  readonly transparentIndex?: number;
  readonly dispose?: number;
  readonly colorDepth?: number;
}

/** The part of gifenc's encoder that is used here. */
export interface GifencEncoder {
  writeFrame(indices: Uint8Array, width: number, height: number, options?: GifencFrameOptions): void;
  finish(): void;
  bytes(): Uint8Array<ArrayBuffer>;
  bytesView(): Uint8Array<ArrayBuffer>;
  readonly buffer: ArrayBuffer;
}

interface Gifenc {
  GIFEncoder(): GifencEncoder;
  quantize(
    rgba: Uint8Array | Uint8ClampedArray,
    maxColors: number,
    options?: { readonly format?: "rgb565" | "rgb444" },
  ): GifencPalette;
}

/**
 * gifenc 1.0: CommonJS without types, whose default export differs between Node and bundlers. Required, not imported,
 * it is the same object everywhere.
 */
export const gifenc: Gifenc = createRequire(import.meta.url)("gifenc") as Gifenc;
