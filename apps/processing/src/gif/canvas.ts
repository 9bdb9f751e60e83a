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

/** The part of the canvas an image really touches: columns and rows, ends exclusive. */
export interface CanvasArea {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Size of the picture that images are drawn into. */
export interface Screen {
  readonly width: number;
  readonly height: number;
}

/** What drawing `image` would touch: limited to the screen and to rows that have pixels, so damage costs nothing. */
export function touchedArea(image: DecodedImage, screen: Screen): CanvasArea {
  const rows = image.written === 0 ? 0 : Math.ceil(image.written / image.width);
  const height = image.interlaced && rows > 0 ? image.height : rows;
  const left = Math.min(image.left, screen.width);
  const top = Math.min(image.top, screen.height);
  return {
    left,
    right: Math.min(screen.width, left + image.width),
    top,
    bottom: Math.min(screen.height, top + height),
  };
}

export function isWholeScreen(area: CanvasArea, screen: Screen): boolean {
  return area.left === 0 && area.top === 0 && area.right === screen.width && area.bottom === screen.height;
}

/** Whether nothing of what was there before can be seen once `image` is drawn. */
export function coversScreen(image: DecodedImage, screen: Screen): boolean {
  return (
    image.transparentIndex < 0 &&
    image.written === image.width * image.height &&
    isWholeScreen(touchedArea(image, screen), screen)
  );
}

/** A picture that images are drawn into. What leaves it is cut off. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  /** R, G, B, A in memory order. */
  readonly pixels: Uint32Array<ArrayBuffer>;

  /** @param memory the pixels it goes on with; a transparent picture without */
  constructor({ width, height }: Screen, memory: ArrayBuffer = new ArrayBuffer(4 * width * height)) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint32Array(memory);
  }

  draw(image: DecodedImage): void {
    const { left, top, width, indices, written, colors, transparentIndex } = image;
    const visible = Math.min(width, this.width - left);
    if (visible <= 0 || written === 0) return;
    const rows = Math.ceil(written / width);
    const order = image.interlaced ? interlacedRows(image.height) : undefined;
    for (let row = 0; row < rows; row++) {
      const y = top + (order === undefined ? row : order[row]!);
      if (y >= this.height) continue;
      const from = row * width;
      const end = Math.min(from + visible, written);
      const to = y * this.width + left;
      if (transparentIndex < 0) drawOpaque(this.pixels, to, indices, from, end, colors);
      else drawAround(this.pixels, to, indices, from, end, colors, transparentIndex);
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

// Functions of typed arrays and numbers only, so that garbage collections leave their compiled code alone.

function drawOpaque(
  pixels: Uint32Array,
  to: number,
  indices: Uint8Array,
  from: number,
  end: number,
  colors: Uint32Array,
): void {
  for (let at = from, target = to; at < end; at++, target++) pixels[target] = colors[indices[at]!]!;
}

function drawAround(
  pixels: Uint32Array,
  to: number,
  indices: Uint8Array,
  from: number,
  end: number,
  colors: Uint32Array,
  transparentIndex: number,
): void {
  for (let at = from, target = to; at < end; at++, target++) {
    const index = indices[at]!;
    if (index !== transparentIndex) pixels[target] = colors[index]!;
  }
}
