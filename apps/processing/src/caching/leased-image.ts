import type { RgbaImage } from "./rgba-image.ts";

/** An image in scratch memory: `release` (or `using`) gives the memory back, after which its pixels are not to be read. */
export interface LeasedImage extends RgbaImage, Disposable {
  release(): void;
}

/** An image whose memory `giveBack` takes back, once. */
export function leased(image: RgbaImage, giveBack: () => void): LeasedImage {
  let out = true;
  // Once only: later the memory may be somebody else's.
  const release = (): void => {
    if (out) giveBack();
    out = false;
  };
  return { ...image, release, [Symbol.dispose]: release };
}
