import type { ByteWindow } from "./byte-window.ts";
import { colorTable } from "./color-table.ts";
import { checkAnyPixel, damageWarning, type IndexedImage, unpacksTooLarge } from "./decode-images.ts";
import { EXTENSION_BYTES, type GraphicControl, NO_CONTROL, readExtension } from "./gif-extension.ts";
import { type GifHeader, HEADER_BYTES, readHeader, screenOf, screenWarning, tableSize, u16 } from "./gif-header.ts";
import {
  checkAnyImage,
  checkImageSize,
  checkKeptPixels,
  checkScreenArea,
  checkScreenSize,
  type ResolvedGifLimits,
  UNPACKED_PER_MAX_PIXELS,
} from "./gif-limits.ts";
import { LZW_SLACK } from "./lzw-codes.ts";
import { LzwDecoder } from "./lzw-decoder.ts";
import { unclearedMemory } from "./pixel-memory.ts";
import { MAX_IMAGES, STOPPED } from "./scan-gif.ts";
import type { WarningList } from "./warning-list.ts";

/** What a step came to: an image, or the end of the bytes that are there. */
export type StreamStep = IndexedImage | "more";

interface Shape {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
}

/** Of images without a pixel, which may have to be remembered by the million. */
const NO_COLORS = new Uint32Array(256);
const NO_INDICES = new Uint8Array(0);

/**
 * Reads the images of a GIF as its bytes come: the same images, warnings and errors as `scanGif` and `decodeImages` give
 * for the whole file, but that a limit is met when it is reached, not before the first image. All images that have a pixel
 * are unpacked into the same memory: each is gone with the next step.
 */
export class ImageStream {
  /** 0 plays forever, n repeats n times, -1 until a loop extension came. */
  loopCount = -1;
  /** Known when the first image is. */
  screen: { readonly width: number; readonly height: number } = { width: 0, height: 0 };
  readonly #window: ByteWindow;
  readonly #limits: ResolvedGifLimits;
  readonly #warnings: WarningList;
  readonly #lzw = new LzwDecoder();
  #header: GifHeader | undefined;
  #globalColors: Uint32Array | undefined;
  #control: GraphicControl = NO_CONTROL;
  #output = new Uint8Array(0);
  #images = 0;
  #unpacked = 0;
  #firstDamage: string | undefined;
  /** Why reading stopped before the trailer. */
  #stopped: string | undefined;

  constructor(window: ByteWindow, limits: ResolvedGifLimits, warnings: WarningList) {
    this.#window = window;
    this.#limits = limits;
    this.#warnings = warnings;
  }

  /** @throws GifError as `decodeGifBytes` */
  *steps(): Generator<StreamStep, void, undefined> {
    yield* this.#readHeader();
    while (this.#stopped === undefined) {
      yield* this.#need(1);
      const kind = this.#window.available === 0 ? undefined : this.#window.byte();
      if (kind === 0x3b) break;
      if (kind === undefined) this.#stopped = STOPPED.noTrailer;
      else if (kind === 0x21) yield* this.#readExtension();
      else if (kind === 0x2c) yield* this.#readImage();
      else if (kind === 0) this.#window.skip(1);
      else this.#stopped = STOPPED.unknownBlock(kind, this.#window.position);
    }
    if (this.#stopped !== undefined) this.#warnings.addFirst(this.#stopped);
    checkAnyImage(this.#images, this.#stopped === undefined ? [] : [this.#stopped]);
    checkAnyPixel(this.#unpacked, this.#firstDamage);
  }

  /** Waits until that many bytes are there or no more will come. */
  *#need(count: number): Generator<"more", void, undefined> {
    while (this.#window.available < count && !this.#window.ended) yield "more";
  }

  *#readHeader(): Generator<"more", void, undefined> {
    yield* this.#need(HEADER_BYTES);
    const header = readHeader(this.#window.rest);
    this.#header = header;
    this.screen = header;
    if (header.width * header.height > 0) checkScreenSize(header, this.#limits);
    this.#window.skip(HEADER_BYTES);
    yield* this.#need(3 * header.globalSize);
    this.#globalColors = colorTable(this.#window.rest, header.globalSize > 0 ? 0 : -1, header.globalSize);
    this.#window.skip(3 * header.globalSize);
  }

  *#readExtension(): Generator<"more", void, undefined> {
    yield* this.#need(EXTENSION_BYTES);
    const read = readExtension(this.#window.rest, 0);
    if (read.kind === "control") this.#control = read.control;
    else if (read.kind === "loops") this.loopCount = read.loopCount;
    this.#window.skip(2);
    for (;;) {
      yield* this.#need(1);
      if (this.#window.available === 0) break;
      const size = this.#window.byte();
      this.#window.skip(1);
      if (size === 0) return;
      yield* this.#need(size);
      this.#window.skip(size);
    }
    this.#stopped = STOPPED.inExtension;
  }

  *#readImage(): Generator<StreamStep, void, undefined> {
    const window = this.#window;
    yield* this.#need(11);
    if (window.available < 11) {
      this.#stopped = STOPPED.inDescriptor;
      return;
    }
    if (this.#images === MAX_IMAGES) {
      this.#stopped = STOPPED.tooManyImages;
      return;
    }
    const localSize = tableSize(window.byte(9));
    yield* this.#need(11 + 3 * localSize);
    if (window.available < 11 + 3 * localSize) {
      this.#stopped = STOPPED.beforePixels;
      return;
    }
    const shape = shapeOf(window.rest);
    const colors = localSize > 0 ? colorTable(window.rest, 10, localSize) : this.#globalColors!;
    const control = this.#control;
    this.#control = NO_CONTROL;
    this.#checkSizes(shape);
    window.skip(10 + 3 * localSize);
    const pixelCount = shape.width * shape.height;
    if (this.#output.length < pixelCount + LZW_SLACK) {
      this.#output = new Uint8Array(unclearedMemory(pixelCount + LZW_SLACK));
    }
    this.#lzw.begin(window.byte(), this.#output, pixelCount);
    window.skip(1);
    const ended = yield* this.#readPixels();
    const written = this.#countPixels(this.#lzw.end(ended), shape);
    this.#images++;
    if (!ended) this.#stopped = STOPPED.inImage(this.#images);
    const pixels = written > 0 ? { colors, indices: this.#output } : { colors: NO_COLORS, indices: NO_INDICES };
    yield { ...shape, ...control, ...pixels, written };
  }

  /** Returns whether the data blocks came to their end. */
  *#readPixels(): Generator<"more", boolean, undefined> {
    const window = this.#window;
    for (;;) {
      if (window.available === 0) yield* this.#need(1);
      if (window.available === 0) return false;
      const size = window.byte();
      window.skip(1);
      if (size === 0) return true;
      if (window.available < size) yield* this.#need(size);
      const complete = window.available >= size;
      if (this.#lzw.isHungry) window.take(size, this.#push);
      else window.skip(size);
      if (!complete) return false;
    }
  }

  readonly #push = (bytes: Uint8Array, from: number, end: number): void => this.#lzw.push(bytes, from, end);

  #checkSizes(shape: Shape): void {
    if (this.#images === 0) {
      const said = this.#header!;
      const screen = screenOf(said, shape);
      if (screen.width !== said.width || screen.height !== said.height) {
        this.#warnings.addFirst(screenWarning(said, screen));
        checkScreenSize(screen, this.#limits);
      }
      checkScreenArea(screen);
      checkKeptPixels(screen, 1, this.#limits);
      this.screen = { width: screen.width, height: screen.height };
    }
    checkImageSize(shape, this.#limits);
  }

  #countPixels({ written, damage }: ReturnType<LzwDecoder["end"]>, shape: Shape): number {
    if (damage !== "none" || written < shape.width * shape.height) {
      const what = damage === "none" ? "data missing" : damage;
      this.#firstDamage ??= what;
      this.#warnings.add(damageWarning(this.#images, what, written, shape));
    }
    this.#unpacked += written;
    const limit = UNPACKED_PER_MAX_PIXELS * this.#limits.maxPixels;
    if (this.#unpacked > limit) throw unpacksTooLarge(limit, this.#limits);
    return written;
  }
}

/** The image whose descriptor starts `bytes`. */
function shapeOf(bytes: Uint8Array): Shape {
  return {
    left: u16(bytes, 1),
    top: u16(bytes, 3),
    width: u16(bytes, 5),
    height: u16(bytes, 7),
    interlaced: (bytes[9]! & 0x40) !== 0,
  };
}
