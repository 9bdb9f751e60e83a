import { decodeGifBytes } from "../../src/gif/decode-gif.ts";
import type { Animation } from "../../src/pipeline/animation.ts";
import { makePipeline } from "../../src/pipeline/pipeline.ts";
import { PRESETS } from "../../src/pipeline/preset.ts";
import { renderPipeline } from "../../src/pipeline/render-pipeline.ts";
import { Picture } from "../../src/quality/picture.ts";
import { ssim } from "../../src/quality/ssim.ts";

const SIZE = { width: 64, height: 48 };

interface Shot {
  readonly frames: number;
  readonly speed: number;
  readonly grain: number;
  readonly waves: readonly number[];
}

/** A film of several shots, 30 frames or more: some at rest, some that pan, some with the grain of a camera. */
export function film(random: () => number): Animation {
  const shots = Array.from({ length: 2 + Math.floor(3 * random()) }, (): Shot => {
    const [still, clean] = [random() < 0.3, random() < 0.5];
    return {
      frames: 15 + Math.floor(35 * random()),
      speed: still ? 0 : 0.5 + 2 * random(),
      grain: clean ? 0 : 20 * random(),
      waves: Array.from({ length: 6 }, () => 0.05 + 0.3 * random()),
    };
  });
  const frames = shots.flatMap((shot) => Array.from({ length: shot.frames }, (_, t) => paint(shot, t, random)));
  return { ...SIZE, frames: frames.map((rgba) => ({ rgba, delaySeconds: 0.05 })), loopCount: 0 };
}

function paint({ waves, speed, grain }: Shot, t: number, random: () => number): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(4 * SIZE.width * SIZE.height);
  for (let at = 0; at < rgba.length; at += 4) {
    const [x, y] = [(at / 4) % SIZE.width, Math.floor(at / 4 / SIZE.width)];
    const noise = grain * (random() - 0.5);
    for (let channel = 0; channel < 3; channel++) {
      const wave = Math.sin(waves[channel]! * (x + speed * t)) + Math.sin(waves[3 + channel]! * (y + 9 * channel));
      rgba[at + channel] = 128 + 60 * wave + noise;
    }
    rgba[at + 3] = 255;
  }
  return rgba;
}

/** How similar each frame is after the colour and lossy steps of `quick-test`. */
export async function similarities(animation: Animation): Promise<number[]> {
  const [pipeline] = PRESETS.get("quick-test")!.pipelines;
  const { steps, parameters } = pipeline!;
  const { bytes } = await renderPipeline({ frames: animation }, makePipeline(steps.slice(1), parameters), parameters);
  const result = decodeGifBytes(bytes);
  const picture = (rgba: Uint8ClampedArray) => new Picture(rgba, SIZE.width, SIZE.height);
  return animation.frames.map(({ rgba }, at) => ssim(picture(rgba), picture(result.frames[at]!.rgba)));
}
