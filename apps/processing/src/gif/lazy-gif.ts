import type { IndexedImage } from "./decode-images.ts";
import { type DecodedGif, type GifFrame, ZERO_DELAY_SECONDS } from "./decoded-gif.ts";
import { FrameDrawer } from "./frame-drawer.ts";
import type { IndexedGif } from "./indexed-gif.ts";

interface Source {
  readonly drawer: FrameDrawer;
  readonly keep: readonly number[];
  readonly bytes: number;
}

/** What lazily drawn GIFs are drawn from: beside them, as a `DecodedGif` is plain data. */
const sources = new WeakMap<DecodedGif, Source>();

/**
 * The frames of an unpacked GIF, drawn when their `rgba` is first read.
 *
 * @param bytes memory the images take until all frames are drawn
 */
export function lazyGif(gif: IndexedGif, bytes: number): DecodedGif {
  const { width, height, images, keep, frameCount, loopCount, warnings } = gif;
  const drawer = new FrameDrawer(images, { width, height }, keep);
  const frames = keep.map((position, frame) => lazyFrame(drawer, frame, images[position]!));
  const lazy: DecodedGif = { width, height, frames, frameCount, loopCount, warnings };
  sources.set(lazy, { drawer, keep, bytes });
  return lazy;
}

/** The unpacked form of a GIF as the decoder made it; `undefined` when there is none or all its frames are drawn. */
export function indexedForm(gif: DecodedGif): IndexedGif | undefined {
  const source = sources.get(gif);
  const images = source?.drawer.images;
  if (source === undefined || images === undefined) return undefined;
  const { width, height, frameCount, loopCount, warnings } = gif;
  return { width, height, images, keep: source.keep, frameCount, loopCount, warnings };
}

/**
 * Bytes of all frames drawn: what a GIF takes in the end. Until then it takes less, or, with nearly all frames drawn, up
 * to a quarter more; the number is the same for a GIF decoded and one that was stored.
 */
export function drawnBytes({ width, height, frames }: DecodedGif): number {
  return 4 * width * height * frames.length;
}

/** Bytes that storing a GIF works on: its images before they are drawn, where there are such. */
export function undrawnBytes(gif: DecodedGif): number {
  const source = sources.get(gif);
  return source?.drawer.images === undefined ? drawnBytes(gif) : source.bytes;
}

function lazyFrame(drawer: FrameDrawer, frame: number, { delaySeconds }: IndexedImage): GifFrame {
  return {
    // The frame's own property, so that it is copied like one.
    get rgba() {
      return drawer.rgba(frame);
    },
    delaySeconds: delaySeconds || ZERO_DELAY_SECONDS,
  };
}
