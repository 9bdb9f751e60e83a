import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IndexedImage } from "../../src/gif/decode-images.ts";
import { FrameDrawer } from "../../src/gif/frame-drawer.ts";
import { renderImages } from "../../src/gif/played-screen.ts";

const long = process.env["GIFLAB_TEST_LONG"] === "1";
const screen = { width: 4, height: 3 };
const colors = Uint32Array.from({ length: 256 }, (_, index) => 0xff000000 + index);

const image = fc
  .record({
    // Whole screens and parts that leave it, about as many of each.
    area: fc.oneof(
      fc.constant({ left: 0, top: 0, width: 4, height: 3 }),
      fc.record({
        left: fc.nat({ max: 5 }),
        top: fc.nat({ max: 4 }),
        width: fc.nat({ max: 5 }),
        height: fc.nat({ max: 4 }),
      }),
    ),
    seed: fc.nat({ max: 250 }),
    cut: fc.oneof(fc.constant(0), fc.nat({ max: 6 })),
    interlaced: fc.boolean(),
    disposal: fc.constantFrom("keep", "background", "previous"),
    transparentIndex: fc.oneof(fc.constant(-1), fc.nat({ max: 3 })),
  })
  .map(({ area, seed, cut, ...rest }): IndexedImage => {
    const indices = Uint8Array.from({ length: area.width * area.height }, (_, at) => (at * 7 + seed) % 5);
    const written = Math.max(0, indices.length - cut);
    return { ...area, ...rest, indices, written, colors, delaySeconds: 0 } as IndexedImage;
  });

/** Images, which of them are frames, and an order to read the frames in. */
const animation = fc.array(image, { minLength: 1, maxLength: 40 }).chain((images) =>
  fc.record({
    images: fc.constant(images),
    keep: fc.subarray([...images.keys()], { minLength: 1 }).map((positions) => [...positions].sort((a, b) => a - b)),
    order: fc.array(fc.nat(), { minLength: 1, maxLength: 60 }),
  }),
);

describe("a frame drawer", () => {
  it("gives the frames that playing all images gives, in whatever order they are read", () => {
    fc.assert(
      fc.property(animation, ({ images, keep, order }) => {
        const played = renderImages(images, screen, keep).map(({ rgba }) => [...rgba]);
        const drawer = new FrameDrawer(images, screen, keep);
        const read = [...order.map((number) => number % keep.length), ...keep.keys()];
        for (const frame of read) expect([...drawer.rgba(frame)]).toEqual(played[frame]);
        expect(drawer.images).toBeUndefined();
      }),
      { numRuns: long ? 20_000 : 1000 },
    );
  });

  it("leaves frames that were given alone when others are drawn", () => {
    fc.assert(
      fc.property(animation, ({ images, keep }) => {
        const drawer = new FrameDrawer(images, screen, keep);
        const given = keep.map((_, frame) => drawer.rgba(frame));
        const copies = given.map((rgba) => rgba.slice());
        for (const frame of keep.keys()) expect(drawer.rgba(frame)).toBe(given[frame]);
        expect(given).toEqual(copies);
        expect(new Set(given.map(({ buffer }) => buffer)).size).toBe(keep.length);
      }),
      { numRuns: long ? 5000 : 200 },
    );
  });

  it("draws each image a few times at most when frames are read backwards", () => {
    let drawn = 0;
    const images = Array.from({ length: 200 }, (_, at): IndexedImage => {
      const dot = { left: at % 4, top: 0, width: 1, height: 1, written: 1, interlaced: false, transparentIndex: -1 };
      return {
        ...dot,
        disposal: "keep",
        delaySeconds: 0,
        colors,
        get indices() {
          drawn++;
          return Uint8Array.of(at);
        },
      };
    });
    const keep = [...images.keys()];
    const drawer = new FrameDrawer(images, screen, keep);
    for (const frame of keep.toReversed()) drawer.rgba(frame);
    expect(drawn).toBeLessThan(12 * images.length);
  });
});
