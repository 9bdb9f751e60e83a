import { seededRandom } from "./seeded-random.ts";

/** Colour of a pixel at `x`, `y` in frame `t`; `undefined` is transparent. */
export type Painter = (x: number, y: number, t: number) => readonly [number, number, number] | undefined;

/** A synthetic animation: what kind of picture it stands for, its size, and how it is painted. */
export interface SampleScene {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly paint: Painter;
}

/** A field of random values, repeated every `size` pixels, so that a frame can be painted in any order. */
function noiseField(seed: number, size: number): (x: number, y: number) => number {
  const random = seededRandom(seed);
  const values = Uint8Array.from({ length: size * size }, () => Math.floor(random() * 256));
  return (x, y) => values[(Math.abs(Math.floor(y)) % size) * size + (Math.abs(Math.floor(x)) % size)]!;
}

function wave(value: number): number {
  return Math.round(127.5 + 127.5 * Math.sin(value));
}

const grain = noiseField(1, 97);
const coarse = noiseField(2, 31);

function disc(x: number, y: number, centerX: number, centerY: number, radius: number): boolean {
  return (x - centerX) ** 2 + (y - centerY) ** 2 <= radius ** 2;
}

/**
 * Seventeen animations of the kinds that compress and compare differently, 50 x 50 to 400 x 300, 2 to 80 frames. Two are so
 * long that half of their frames, which is what presets keep, are still enough to be sampled.
 */
export const SAMPLE_SCENES: readonly SampleScene[] = [
  { name: "gradient-tiny", width: 50, height: 50, frames: 2, paint: (x, y, t) => [x * 5, y * 5, t * 80] },
  { name: "gradient-smooth", width: 160, height: 120, frames: 12, paint: (x, y, t) => [x + t * 4, y * 2, 255 - x] },
  {
    name: "gradient-radial",
    width: 120,
    height: 120,
    frames: 10,
    paint: (x, y, t) => [wave(Math.hypot(x - 60, y - 60) / 12 - t / 3), 90, wave(x / 40)],
  },
  { name: "solid-static", width: 100, height: 100, frames: 5, paint: () => [40, 110, 180] },
  {
    name: "solid-blink",
    width: 80,
    height: 80,
    frames: 8,
    paint: (_x, _y, t) => (t % 2 === 0 ? [220, 30, 30] : [30, 30, 220]),
  },
  {
    name: "contrast-checker",
    width: 120,
    height: 120,
    frames: 10,
    paint: (x, y, t) => ((((x + t * 2) >> 3) + (y >> 3)) % 2 === 0 ? [0, 0, 0] : [255, 255, 255]),
  },
  {
    name: "noise-small",
    width: 64,
    height: 64,
    frames: 8,
    paint: (x, y, t) => [grain(x + t * 13, y), grain(x, y + t * 29), grain(x + t, y + t)],
  },
  {
    name: "noise-grey",
    width: 150,
    height: 100,
    frames: 10,
    paint: (x, y, t) => {
      const v = grain(x + t * 31, y + t * 17);
      return [v, v, v];
    },
  },
  {
    name: "texture-weave",
    width: 160,
    height: 160,
    frames: 8,
    paint: (x, y, t) => [wave(x / 2 + t / 4), wave((x + y) / 3), coarse(x >> 1, y >> 1)],
  },
  {
    name: "geometric-shapes",
    width: 200,
    height: 150,
    frames: 16,
    paint: (x, y, t) =>
      disc(x, y, 30 + t * 9, 70, 24) ? [250, 200, 40] : x > 120 && y > 90 ? [30, 140, 90] : [245, 245, 240],
  },
  {
    name: "few-colors",
    width: 240,
    height: 160,
    frames: 20,
    paint: (x, y, t) => [(((x >> 4) + t) % 4) * 85, ((y >> 4) % 2) * 255, 128],
  },
  {
    name: "many-colors",
    width: 160,
    height: 160,
    frames: 8,
    paint: (x, y, t) => [(x * 3 + t * 5) & 255, (y * 3) & 255, (x * y) & 255],
  },
  {
    name: "motion-slow",
    width: 120,
    height: 90,
    frames: 40,
    paint: (x, y, t) => (disc(x, y, 20 + t * 2, 45 + 10 * Math.sin(t / 6), 12) ? [200, 60, 60] : [60, 60 + y, 90 + x]),
  },
  {
    name: "motion-fast",
    width: 120,
    height: 90,
    frames: 80,
    paint: (x, y, t) =>
      disc(x, y, (t * 23) % 120, (t * 17) % 90, 16) ? [255, 255, 255] : [20, 20, 60 + ((x + t) & 63)],
  },
  {
    name: "scene-cuts",
    width: 120,
    height: 90,
    frames: 72,
    paint: (x, y, t) => {
      const scene = Math.floor(t / 12);
      return [wave(x / 20 + scene * 2), wave(y / 15 + scene), (scene * 100 + t) & 255];
    },
  },
  {
    name: "mixed-content",
    width: 400,
    height: 300,
    frames: 6,
    paint: (x, y, t) =>
      x < 200
        ? [x & 255, y & 255, t * 20]
        : y < 150
          ? [coarse(x + t, y), coarse(x, y), 90]
          : (x + y + t * 8) % 60 < 30
            ? [240, 240, 240]
            : [20, 20, 20],
  },
  {
    name: "sprite-transparent",
    width: 80,
    height: 80,
    frames: 12,
    paint: (x, y, t) =>
      disc(x, y, 40 + 20 * Math.cos(t / 2), 40 + 20 * Math.sin(t / 2), 14) ? [230, 120, x * 3] : undefined,
  },
];
