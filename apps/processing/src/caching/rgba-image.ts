/** Pixels as the caches and samplers see them: R, G, B, A per pixel, row by row. Nobody changes them once they are shared. */
export interface RgbaImage {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}
