import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { decodeGifBytes } from "../../src/gif/decode-gif.ts";
import type { DecodedGif } from "../../src/gif/decoded-gif.ts";
import { GifError } from "../../src/gif/gif-error.ts";
import type { GifSource } from "../../src/gif/gif-source.ts";
import { type StreamedFrame, type StreamLimits, streamGif } from "../../src/gif/gif-stream.ts";
import { makeSampleGif } from "../../src/gif/make-sample-gifs.ts";
import { SAMPLE_SCENES } from "../../src/gif/sample-scenes.ts";
import { corpusBytes, corpusFiles, hasCorpus } from "./corpus.ts";
import { gifBytes, letters } from "./gif-bytes.ts";

const folder = mkdtempSync(join(tmpdir(), "giflab-stream-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const long = process.env["GIFLAB_TEST_LONG"] === "1";
const ALL = { maxFrames: 1e9 };

/** What a decoder makes of a file, in a form that can be compared. */
type Outcome = { readonly error: string } | { readonly gif: unknown };

function whole({ width, height, frames, loopCount, warnings }: DecodedGif): Outcome {
  return {
    gif: {
      width,
      height,
      loopCount,
      warnings,
      frames: frames.map(({ rgba, delaySeconds }) => [delaySeconds, Buffer.from(rgba.buffer).toString("base64")]),
    },
  };
}

function decoded(bytes: Uint8Array): Outcome {
  try {
    return whole(decodeGifBytes(bytes, ALL));
  } catch (error) {
    if (error instanceof GifError) return { error: `${error.code}: ${error.message}` };
    throw error;
  }
}

async function streamed(source: GifSource, limits?: StreamLimits): Promise<Outcome> {
  const stream = streamGif(source, limits);
  const frames: StreamedFrame[] = [];
  try {
    for await (const frame of stream) {
      expect(frame.rgba).toHaveLength(4 * frame.width * frame.height);
      frames.push(frame);
    }
  } catch (error) {
    if (error instanceof GifError) return { error: `${error.code}: ${error.message}` };
    throw error;
  }
  const { width, height } = frames[0]!;
  const { warnings, loopCount, frameCount } = stream;
  return whole({ width, height, frames, loopCount, warnings, frameCount });
}

/** Chunks of these sizes, in turn, in a buffer that is written over once the next one is asked for. */
function* inChunks(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const chunk = bytes.slice(at, at + sizes[turn % sizes.length]!);
    yield chunk;
    at += chunk.length;
    chunk.fill(0xaa);
  }
}

const pixel = { width: 1, height: 1, indices: [1] };

describe("a GIF stream", () => {
  const files = [
    ...SAMPLE_SCENES.filter((scene) => scene.width * scene.height * scene.frames < 40_000).map((scene) => ({
      name: scene.name,
      bytes: makeSampleGif(scene),
    })),
    ...(hasCorpus ? corpusFiles() : [])
      .map((name) => ({ name, bytes: corpusBytes(name) }))
      .filter(({ bytes }) => bytes.length < (long ? 1e6 : 20_000)),
  ].map((file) => ({ ...file, expected: decoded(file.bytes) }));

  it.each(files)("gives of $name what decoding it at once gives, whatever the chunks", async ({ bytes, expected }) => {
    expect(await streamed(bytes)).toEqual(expected);
    for (const sizes of [[1], [2, 3, 5], [255, 1], [4096]]) {
      if (bytes.length / sizes[0]! > (long ? 1e6 : 20_000)) continue;
      expect(await streamed(inChunks(bytes, sizes))).toEqual(expected);
    }
  });

  it("gives the same of a file cut anywhere", async () => {
    const bytes = gifBytes({ width: 3, height: 2, loops: 2 }, [
      { width: 3, height: 2, indices: [1, 2, 3, 0, 1, 2], disposal: 1 },
      { left: 1, width: 2, height: 2, indices: [0, 3, 3, 0], disposal: 3, transparentIndex: 0 },
      { left: 0, width: 1, height: 2, indices: [2, 2], disposal: 2, palette: [9, 9, 9, 8, 8, 8, 7, 7, 7, 6, 6, 6] },
      { left: 2, width: 1, height: 1, indices: [1] },
    ]);
    for (let length = 0; length <= bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      expect(await streamed(inChunks(cut, [7])), `cut at ${length}`).toEqual(decoded(cut));
    }
  });

  it("reads files, Node streams and web streams", async () => {
    const bytes = makeSampleGif(SAMPLE_SCENES[0]!);
    const path = join(folder, "sample.gif");
    writeFileSync(path, bytes);
    const expected = decoded(bytes);
    expect(await streamed(path)).toEqual(expected);
    expect(await streamed(createReadStream(path, { highWaterMark: 100 }))).toEqual(expected);
    expect(await streamed(new Blob([bytes]).stream() as unknown as AsyncIterable<Uint8Array>)).toEqual(expected);
  });

  it("gives each frame's image with its place, palette and disposal beside its pixels", async () => {
    const image = { left: 1, top: 0, width: 1, height: 2, indices: [2, 3], disposal: 2, delayHundredths: 7 };
    for await (const frame of streamGif(gifBytes({ width: 2, height: 2 }, [image]))) {
      expect(frame).toMatchObject({ index: 0, width: 2, height: 2, delaySeconds: 0.07 });
      expect(frame.image).toMatchObject({ left: 1, top: 0, width: 1, height: 2, disposal: "background", written: 2 });
      expect([...frame.image.indices.subarray(0, 2)]).toEqual([2, 3]);
      expect(letters(new Uint8Array(frame.image.colors.buffer, 4, 4))).toBe("r");
      expect(letters(frame.rgba)).toBe(".g.w");
      expect(frame.rgba).toBe(frame.rgba);
    }
  });

  it("draws frames right whose predecessors were not looked at", async () => {
    const images = [1, 2, 3, 0].map((color, at) => ({ left: at, width: 1, height: 1, indices: [color], disposal: 1 }));
    const last: string[] = [];
    for await (const frame of streamGif(gifBytes({ width: 4, height: 1 }, images))) {
      if (frame.index === 3) last.push(letters(frame.rgba));
    }
    expect(last).toEqual(["rgwk"]);
  });

  it("keeps pixels that were read, and refuses to draw a frame that is past", async () => {
    const bytes = gifBytes({ width: 1, height: 1 }, [pixel, { ...pixel, indices: [2] }]);
    const frames: StreamedFrame[] = [];
    for await (const frame of streamGif(bytes)) {
      if (frames.length === 0) expect(letters(frame.rgba)).toBe("r");
      frames.push(frame);
    }
    expect(letters(frames[0]!.rgba)).toBe("r");
    expect(() => frames[1]!.rgba).toThrow("frame 1 of the stream is past");
  });

  it("can be read once", async () => {
    const stream = streamGif(gifBytes({ width: 1, height: 1 }, [pixel]));
    for await (const frame of stream) expect(frame.index).toBe(0);
    expect(() => stream[Symbol.asyncIterator]()).toThrow("can be read once");
  });

  it("reads no further than it has to, and ends its source when left early", async () => {
    const bytes = gifBytes({ width: 1, height: 1 }, [pixel, pixel, pixel]);
    let read = 0;
    let ended = false;
    const source = (function* () {
      try {
        for (const byte of bytes) {
          read++;
          yield Uint8Array.of(byte);
        }
      } finally {
        ended = true;
      }
    })();
    for await (const frame of streamGif(source)) if (frame.index === 0) break;
    expect(ended).toBe(true);
    expect(read).toBe(gifBytes({ width: 1, height: 1, trailer: false }, [pixel]).length);
  });

  it("stops at the trailer, whatever follows", async () => {
    const source = (function* () {
      yield gifBytes({ width: 1, height: 1 }, [pixel]);
      throw new Error("was read");
    })();
    expect(await streamed(source)).toMatchObject({ gif: { width: 1 } });
  });

  it("meets limits when it reaches them, screens before anything is taken for them", async () => {
    const claim = gifBytes({ width: 65_535, height: 65_535 }, [pixel]);
    expect(await streamed(claim)).toEqual(decoded(claim));
    const wide = gifBytes({ width: 1, height: 1 }, [pixel, { ...pixel, width: 9000, height: 9000 }]);
    const stream = streamGif(wide);
    await expect(Array.fromAsync(stream)).rejects.toMatchObject({ code: "TOO_LARGE" });
    expect(stream.frameCount).toBe(1);
    const pixels = { width: 10, height: 10, indices: Array.from({ length: 100 }, () => 1) };
    const many = gifBytes({ width: 10, height: 10 }, [pixels, pixels, pixels]);
    expect(await streamed(many, { maxPixels: 99 })).toMatchObject({ error: expect.stringContaining("1 frames of") });
    expect(await streamed(many, { maxPixels: 100 })).toEqual(decoded(many));
    expect(await streamed(inChunks(many, [10]), { maxFileBytes: 40 })).toMatchObject({
      error: expect.stringContaining("maxFileBytes"),
    });
    expect(() => streamGif(many, { maxPixels: 0 })).toThrow(RangeError);
  });

  it("gives no frame, only the error, of a file without a pixel", async () => {
    const empty = { width: 0, height: 1, indices: [] };
    const bytes = gifBytes({ width: 1, height: 1 }, [empty, empty]);
    expect(await streamed(bytes)).toEqual(decoded(bytes));
    const stream = streamGif(bytes);
    await expect(Array.fromAsync(stream)).rejects.toMatchObject({ code: "EMPTY" });
    expect(stream.frameCount).toBe(0);
    const late = gifBytes({ width: 1, height: 1 }, [empty, pixel, empty]);
    expect(await streamed(late)).toEqual(decoded(late));
  });

  it("names the file when it cannot be read", async () => {
    const missing = join(folder, "missing.gif");
    await expect(Array.fromAsync(streamGif(missing))).rejects.toMatchObject({
      code: "UNREADABLE",
      message: `Failed to extract frames from ${missing}: cannot be read: there is no such file`,
    });
  });

  it("passes on what its source throws, and refuses chunks that are no bytes", async () => {
    const broken = (async function* () {
      yield Buffer.from("GIF89a");
      throw new Error("connection lost");
    })();
    await expect(Array.fromAsync(streamGif(broken))).rejects.toThrow("connection lost");
    const text = ["GIF89a"] as unknown as Iterable<Uint8Array>;
    await expect(Array.fromAsync(streamGif(text))).rejects.toThrow(TypeError);
  });

  it("holds one frame however many there are", async () => {
    const side = 200;
    const indices = Array.from({ length: side * side }, (_, at) => at % 4);
    const image = gifBytes({ width: side, height: side, trailer: false }, [{ width: side, height: side, indices }]);
    const body = image.subarray(25);
    const frames = 2000;
    const source = (function* () {
      yield image;
      for (let frame = 1; frame < frames; frame++) yield body;
    })();
    let most = 0;
    const before = process.memoryUsage().rss;
    const stream = streamGif(source);
    for await (const frame of stream) {
      if (frame.index % 100 === 0) most = Math.max(most, process.memoryUsage().rss - before);
    }
    expect(stream.frameCount).toBe(frames);
    // All indices would be 80 MB, all frames 320 MB.
    expect(most).toBeLessThan(60 * 2 ** 20);
  });
});

describe("a GIF stream of any images", () => {
  const image = fc.record({
    left: fc.nat({ max: 4 }),
    top: fc.nat({ max: 4 }),
    width: fc.nat({ max: 5 }),
    height: fc.nat({ max: 5 }),
    indices: fc.array(fc.nat({ max: 3 }), { maxLength: 25 }),
    disposal: fc.nat({ max: 3 }),
    delayHundredths: fc.nat({ max: 20 }),
    interlaced: fc.boolean(),
    transparentIndex: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
  });
  const screen = fc.record({ width: fc.nat({ max: 5 }), height: fc.nat({ max: 5 }), loops: fc.nat({ max: 9 }) });

  it("agrees with decoding at once", async () => {
    await fc.assert(
      fc.asyncProperty(
        screen,
        fc.array(image, { maxLength: 6 }),
        fc.integer({ min: 1, max: 40 }),
        async (size, images, chunk) => {
          const specs = images.map(({ transparentIndex, ...rest }) =>
            transparentIndex === undefined ? rest : { ...rest, transparentIndex },
          );
          const bytes = gifBytes(size, specs);
          expect(await streamed(inChunks(bytes, [chunk]))).toEqual(decoded(bytes));
        },
      ),
      { numRuns: long ? 10_000 : 300 },
    );
  });
});
