import { u16 } from "./gif-header.ts";

/** What happens to an image's area before the next one is drawn. */
export type Disposal = "keep" | "background" | "previous";

/** What a graphic control extension says about the image that follows. */
export interface GraphicControl {
  readonly disposal: Disposal;
  /** Seconds the image stays; 0 when the file gives none. */
  readonly delaySeconds: number;
  /** Palette index that is not drawn, or -1. */
  readonly transparentIndex: number;
}

/** An image without a graphic control extension. */
export const NO_CONTROL: GraphicControl = { disposal: "keep", delaySeconds: 0, transparentIndex: -1 };
/** Bytes of an extension, from its introducer, that `readExtension` looks at. */
export const EXTENSION_BYTES = 18;

const DISPOSALS: readonly Disposal[] = ["keep", "keep", "background", "previous"];

/** The extensions that matter: `other` for all the rest, and for those that are damaged. */
export type GifExtension =
  | { readonly kind: "control"; readonly control: GraphicControl }
  | { readonly kind: "loops"; readonly loopCount: number }
  | { readonly kind: "comment" }
  | { readonly kind: "other" };

/** The extension whose introducer stands at `at`; what stands behind the end of `bytes` is not there. */
export function readExtension(bytes: Uint8Array, at: number): GifExtension {
  const label = bytes[at + 1];
  const first = at + 2;
  const size = bytes[first] ?? 0;
  if (label === 0xf9 && size >= 4 && first + 4 < bytes.length) {
    const flags = bytes[first + 1]!;
    const control = {
      disposal: DISPOSALS[(flags >> 2) & 7] ?? "keep",
      delaySeconds: u16(bytes, first + 2) / 100,
      transparentIndex: flags & 1 ? bytes[first + 4]! : -1,
    };
    return { kind: "control", control };
  }
  if (label === 0xff && size === 11) {
    const data = first + 12;
    if (bytes[data]! >= 3 && bytes[data + 1] === 1 && data + 3 < bytes.length && isLooping(bytes, first + 1)) {
      return { kind: "loops", loopCount: u16(bytes, data + 2) };
    }
  }
  return { kind: label === 0xfe ? "comment" : "other" };
}

function isLooping(bytes: Uint8Array, at: number): boolean {
  const application = Buffer.from(bytes.buffer, bytes.byteOffset + at, 11).toString("latin1");
  return application === "NETSCAPE2.0" || application === "ANIMEXTS1.0";
}
