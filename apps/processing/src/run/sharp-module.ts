import type { RgbaImage } from "../caching/rgba-image.ts";
import { lazy } from "../lazy-imports/lazy-imports.ts";
import type { LazyModule } from "../lazy-imports/lazy-module.ts";

type Sharp = typeof import("sharp").default;

/** sharp is native and takes a tenth of a second to load: only a run that draws previews pays for it. */
function sharpModule(): LazyModule<Sharp | undefined> {
  return lazy<Sharp | undefined>(async () => (await import("sharp")).default, {
    name: "sharp",
    fallback: undefined,
    resolve: () => import.meta.resolve("sharp"),
  });
}

/**
 * The image as a PNG; `undefined` when sharp is not installed or does not run on this machine.
 *
 * @param compressionLevel 0 (fast) to 9 (small)
 */
export async function encodePng(
  { rgba, width, height }: RgbaImage,
  compressionLevel = 6,
): Promise<Uint8Array | undefined> {
  const sharp = await sharpModule().get();
  if (sharp === undefined) return undefined;
  return sharp(rgba, { raw: { width, height, channels: 4 } })
    .png({ compressionLevel })
    .toBuffer();
}
