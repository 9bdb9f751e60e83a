import { makeSampleGif } from "../../src/gif/make-sample-gifs.ts";
import { SAMPLE_SCENES } from "../../src/gif/sample-scenes.ts";
import { scanGif } from "../../src/gif/scan-gif.ts";
import { corpusBytes, corpusFiles, hasCorpus } from "./corpus.ts";
import { gifBytes } from "./gif-bytes.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Small GIFs of all kinds, to be damaged. */
export function soundGifs(): Bytes[] {
  const made = SAMPLE_SCENES.filter((scene) => scene.width * scene.height * scene.frames < 120_000).map(makeSampleGif);
  const files = hasCorpus ? corpusFiles().map(corpusBytes) : [];
  const disposals = [1, 2, 3, 0].map((disposal, at) => ({
    ...{ left: at, width: 3, height: 4, disposal, interlaced: at % 2 === 0, transparentIndex: at },
    indices: Array.from({ length: 12 }, (_, pixel) => (pixel + at) % 4),
  }));
  return [...made, ...files, gifBytes({ width: 6, height: 4, loops: 1 }, disposals)].filter(
    (bytes) => bytes.length < 60_000,
  );
}

/** A file with one to six damages: bytes changed, ends cut off, pieces of it or of `other` put in, blocks doubled. */
export function damage(bytes: Bytes, other: Bytes, random: () => number): Bytes {
  let result = bytes.slice();
  for (let times = 1 + below(6, random); times > 0; times--) {
    result = DAMAGES[below(DAMAGES.length, random)]!(result, other, random);
  }
  return result;
}

function below(limit: number, random: () => number): number {
  return Math.floor(random() * Math.max(1, limit));
}

function join(...parts: readonly Uint8Array[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}

function changed(bytes: Bytes, at: number, value: number): Bytes {
  if (at < bytes.length) bytes[at] = value;
  return bytes;
}

const DAMAGES: readonly ((bytes: Bytes, other: Bytes, random: () => number) => Bytes)[] = [
  (bytes, _, random) => changed(bytes, below(bytes.length, random), below(256, random)),
  (bytes, _, random) => changed(bytes, below(bytes.length, random), random() < 0.5 ? 255 : 0),
  // Structure lives at the front: sizes, flags, the first descriptor.
  (bytes, _, random) => changed(bytes, below(Math.min(60, bytes.length), random), below(256, random)),
  (bytes, _, random) => bytes.slice(0, below(bytes.length, random)),
  (bytes, _, random) => {
    const from = below(bytes.length, random);
    return join(bytes.subarray(0, from), bytes.subarray(from + 1 + below(300, random)));
  },
  (bytes, other, random) => {
    const at = below(bytes.length, random);
    const from = below(other.length, random);
    return join(bytes.subarray(0, at), other.subarray(from));
  },
  (bytes, other, random) => {
    const at = below(bytes.length, random);
    const from = below(other.length, random);
    return join(bytes.subarray(0, at), other.subarray(from, from + below(2000, random)), bytes.subarray(at));
  },
  doubledBlock,
];

/** An image, from its descriptor to the end of its data, or its data alone, a second time. */
function doubledBlock(bytes: Bytes, _: Bytes, random: () => number): Bytes {
  const images = imagesOf(bytes);
  const image = images[below(images.length, random)];
  if (image === undefined) return bytes;
  const end = image.dataOffset + image.dataBytes;
  const from = random() < 0.5 ? image.dataOffset : Math.max(0, image.dataOffset - 10);
  return join(bytes.subarray(0, end), bytes.subarray(from, end), bytes.subarray(end));
}

function imagesOf(bytes: Bytes): readonly { readonly dataOffset: number; readonly dataBytes: number }[] {
  try {
    return scanGif(bytes).images;
  } catch {
    return [];
  }
}
