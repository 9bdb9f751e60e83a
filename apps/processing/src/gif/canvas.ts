import { interlacedRows } from "./image-rows.ts";

/** One decoded image, ready to be drawn: palette indices in file order, of which the first `written` are real. */
export interface DecodedImage {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  readonly indices: Uint8Array;
  readonly written: number;
  /** 256 pixels in memory order R, G, B, A. */
  readonly colors: Uint32Array;
  readonly transparentIndex: number;
}

/** The part of the canvas an image really touched: columns and rows, ends exclusive. */
export interface CanvasArea {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The screen images are drawn on. It starts transparent; what leaves it is cut off. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  /** R, G, B, A in memory order. */
  readonly pixels: Uint32Array<ArrayBuffer>;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint32Array(width * height);
  }

  /** What drawing `image` would touch: limited to the screen and to rows that have pixels, so damage costs nothing. */
  area(image: DecodedImage): CanvasArea {
    const rows = image.written === 0 ? 0 : Math.ceil(image.written / image.width);
    const height = image.interlaced && rows > 0 ? image.height : rows;
    const left = Math.min(image.left, this.width);
    const top = Math.min(image.top, this.height);
    const right = Math.min(this.width, left + image.width);
    const bottom = Math.min(this.height, top + height);
    return { left, right, top, bottom };
  }

  draw(image: DecodedImage): void {
    const { left, top, width, indices, written, colors, transparentIndex } = image;
    const visible = Math.min(width, this.width - left);
    if (visible <= 0 || written === 0) return;
    const rows = Math.ceil(written / width);
    const order = image.interlaced ? interlacedRows(image.height) : undefined;
    const pixels = this.pixels;
    for (let row = 0; row < rows; row++) {
      const y = top + (order === undefined ? row : order[row]!);
      if (y >= this.height) continue;
      const from = row * width;
      const end = Math.min(from + visible, written);
      let to = y * this.width + left;
      if (transparentIndex < 0) {
        for (let at = from; at < end; at++) pixels[to++] = colors[indices[at]!]!;
      } else {
        for (let at = from; at < end; at++, to++) {
          const index = indices[at]!;
          if (index !== transparentIndex) pixels[to] = colors[index]!;
        }
      }
    }
  }

  clear(area: CanvasArea): void {
    for (let y = area.top; y < area.bottom; y++) {
      this.pixels.fill(0, y * this.width + area.left, y * this.width + area.right);
    }
  }

  save(area: CanvasArea): Uint32Array {
    const span = area.right - area.left;
    const saved = new Uint32Array(Math.max(0, span * (area.bottom - area.top)));
    for (let y = area.top, to = 0; y < area.bottom; y++, to += span) {
      saved.set(this.pixels.subarray(y * this.width + area.left, y * this.width + area.right), to);
    }
    return saved;
  }

  restore(area: CanvasArea, saved: Uint32Array): void {
    const span = area.right - area.left;
    for (let y = area.top, from = 0; y < area.bottom; y++, from += span) {
      this.pixels.set(saved.subarray(from, from + span), y * this.width + area.left);
    }
  }
}
