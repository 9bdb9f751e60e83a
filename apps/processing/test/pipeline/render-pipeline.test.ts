import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { decodeGifBytes } from "../../src/gif/decode-gif.ts";
import { encodeGif } from "../../src/gif/encode-gif.ts";
import { makeSampleGif } from "../../src/gif/make-sample-gifs.ts";
import { distinctColors } from "../../src/gif/palette.ts";
import { SAMPLE_SCENES } from "../../src/gif/sample-scenes.ts";
import { quantiseColorStep } from "../../src/pipeline/color-step.ts";
import {
  ffmpegColorStep,
  ffmpegFrameStep,
  gifsicleColorStep,
  gifsicleFrameStep,
  gifsicleLossyStep,
} from "../../src/pipeline/engine-steps.ts";
import { evenFrameStep } from "../../src/pipeline/frame-steps.ts";
import { toleranceLossyStep } from "../../src/pipeline/lossy-step.ts";
import { makePipeline, type Pipeline } from "../../src/pipeline/pipeline.ts";
import type { PipelineStep } from "../../src/pipeline/pipeline-step.ts";
import { type RenderOptions, renderPipeline } from "../../src/pipeline/render-pipeline.ts";
import { decodeRendered } from "../../src/pipeline/rendered-gif.ts";
import type { RenderSource } from "../../src/pipeline/workpiece.ts";
import { EngineFolder } from "../engines/fake-engine.ts";
import { describeWith, installed } from "../engines/installed-engines.ts";
import { isRunning } from "../engines/running-process.ts";

const folder = new EngineFolder();

function sample(name: string): Uint8Array<ArrayBuffer> {
  return makeSampleGif(SAMPLE_SCENES.find((scene) => scene.name === name)!);
}

const BYTES = sample("motion-slow");
const STANDARD = { colors: 32, lossy: 40, frameRatio: 0.5 };
const BUILT_IN = makePipeline([evenFrameStep, quantiseColorStep, toleranceLossyStep], STANDARD);

function render(pipeline: Pipeline, source: RenderSource = { bytes: BYTES }, options: RenderOptions = {}) {
  return renderPipeline(source, pipeline, pipeline.parameters, options);
}

function of(...steps: readonly PipelineStep[]): Pipeline {
  return makePipeline(steps, STANDARD);
}

describe("renderPipeline with steps inside the process", () => {
  it("gives the same file from bytes, from frames and from both", async () => {
    const frames = decodeGifBytes(BYTES);
    const [first, ...others] = await Promise.all([
      render(BUILT_IN),
      render(BUILT_IN, { frames }),
      render(BUILT_IN, { bytes: BYTES, frames }),
    ]);
    for (const other of others) expect(other.bytes).toEqual(first!.bytes);
    expect(first).toMatchObject({
      frameCount: 20,
      actualSteps: ["even-frame", "quantise-color", "tolerance-lossy", "encode"],
      engines: [
        { name: "built-in", version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
        { name: "gifenc", version: "1.0.3" },
      ],
    });
    expect(first!.seconds).toBeGreaterThan(0);
  });

  it("leaves colours alone where no step reduces them", async () => {
    const count = (bytes: Uint8Array) => distinctColors(decodeGifBytes(bytes).frames, 256)!.length;
    const { bytes } = await render(of(evenFrameStep));
    expect(count(bytes)).toBe(
      count(encodeGif(evenFrameStep.apply(decodeGifBytes(BYTES), STANDARD).frames, decodeGifBytes(BYTES))),
    );
    expect(count(bytes)).toBeGreaterThan(32);
    expect(count((await render(BUILT_IN)).bytes)).toBeLessThanOrEqual(32);
  });

  it("pauses after each step, and ends with the error of the pause", async () => {
    let steps = 0;
    const take = async (): Promise<void> => {
      steps++;
      if (steps === 2) throw new Error("that is enough");
    };
    await expect(render(BUILT_IN, { bytes: BYTES }, { pause: { take } })).rejects.toThrow("that is enough");
    expect(steps).toBe(2);
  });

  it("needs a GIF, and one that can be decoded", async () => {
    await expect(render(BUILT_IN, {})).rejects.toThrow("a pipeline needs a GIF's bytes or its frames, got neither");
    await expect(render(BUILT_IN, { bytes: new Uint8Array(3) })).rejects.toMatchObject({ code: "NOT_A_GIF" });
    await expect(render(BUILT_IN, { bytes: BYTES }, { limits: { maxPixels: 9 } })).rejects.toMatchObject({
      code: "TOO_LARGE",
    });
  });

  it("looks for no engine that it does not need", async () => {
    const asked = join(folder.path, "asked");
    vi.stubEnv("PATH", folder.put("", { says: `LCDF Gifsicle 1.93$(echo asked >> '${asked}')` }));
    try {
      await render(BUILT_IN);
      expect(existsSync(asked)).toBe(false);
      await expect(render(of(ffmpegColorStep))).rejects.toMatchObject({
        code: "MISSING",
        message: "ffmpeg is not on PATH: install the package ffmpeg",
      });
      expect(existsSync(asked)).toBe(true);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe("renderPipeline with other programs", () => {
  it("makes one call of the steps of one program that follow each other", async () => {
    const calls = join(folder.path, "calls");
    writeFileSync(calls, "");
    const engines = await folder.engines(`echo "$@" >> '${calls}'; cat`);
    const lossy = makePipeline([gifsicleColorStep, gifsicleLossyStep], { ...STANDARD, lossy: 50 });
    const { actualSteps, bytes } = await render(lossy, { bytes: BYTES }, { engines });
    expect(readFileSync(calls, "utf8")).toBe("-O2 --colors=32 --lossy=150 -\n");
    expect(actualSteps).toEqual(["gifsicle-color+gifsicle-lossy"]);
    expect(bytes).toEqual(BYTES);
  });

  it("hands a program the file itself where it comes first, and what came before where it does not", async () => {
    const seen = join(folder.path, "seen.gif");
    const engines = await folder.engines(`tee '${seen}'`);
    await render(of(gifsicleLossyStep), { bytes: BYTES, frames: decodeGifBytes(BYTES) }, { engines });
    expect(new Uint8Array(readFileSync(seen))).toEqual(BYTES);
    const { actualSteps } = await render(of(evenFrameStep, quantiseColorStep, gifsicleLossyStep), undefined, {
      engines,
    });
    const before = decodeGifBytes(new Uint8Array(readFileSync(seen)));
    expect(before.frameCount).toBe(20);
    expect(distinctColors(before.frames, 256)!.length).toBeLessThanOrEqual(32);
    expect(actualSteps).toEqual(["even-frame", "quantise-color", "encode", "gifsicle-lossy"]);
  });

  it("hands a program the frames that are decoded of a longer file, like every other step", async () => {
    const seen = join(folder.path, "seen.gif");
    const engines = await folder.engines(`tee '${seen}'`);
    const limits = { maxFrames: 4 };
    const frames = decodeGifBytes(BYTES, limits);
    for (const source of [{ bytes: BYTES }, { bytes: BYTES, frames }]) {
      const { actualSteps } = await render(of(gifsicleLossyStep), source, { engines, limits });
      expect(actualSteps).toEqual(["encode", "gifsicle-lossy"]);
      const handed = decodeGifBytes(new Uint8Array(readFileSync(seen)));
      expect(handed.frames.map(({ rgba }) => rgba)).toEqual(frames.frames.map(({ rgba }) => rgba));
    }
  });

  it("does not go on with pixels that a program damaged", async () => {
    const damaged = BYTES.slice();
    // The first image's pixels end where they begin: its first block of data is empty.
    const at = decodeStart(damaged);
    damaged.copyWithin(at, at + damaged[at]! + 1);
    writeFileSync(join(folder.path, "answer"), damaged);
    const engines = await folder.engines(`cat '${join(folder.path, "answer")}'`);
    await expect(render(of(gifsicleColorStep, toleranceLossyStep), undefined, { engines })).rejects.toMatchObject({
      code: "BAD_OUTPUT",
      message: expect.stringMatching(/^the result is damaged: image 1: /),
    });
  });

  it("ends a program when the work is interrupted, with the error of the pause", async () => {
    const pidPath = join(folder.path, "pid");
    const engines = await folder.engines(`echo $$ > '${pidPath}'; sleep 600`);
    const abort = new AbortController();
    const pause = {
      signal: abort.signal,
      take: async () => {
        if (abort.signal.aborted) throw new Error("interrupted by its user");
      },
    };
    const ended = expect(render(of(gifsicleLossyStep), undefined, { engines, pause })).rejects.toThrow(
      "interrupted by its user",
    );
    const pid = await vi.waitFor(() => {
      const text = readFileSync(pidPath, "utf8");
      if (!text.endsWith("\n")) throw new Error("not yet");
      return Number(text);
    }, 10_000);
    abort.abort();
    await ended;
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 10_000);
  });
});

/** Position of the first data block of the first image. */
function decodeStart(bytes: Uint8Array): number {
  let at = 13 + 3 * (2 << (bytes[10]! & 7));
  while (bytes[at] !== 0x2c) {
    at += 2;
    while (bytes[at] !== 0) at += bytes[at]! + 1;
    at++;
  }
  return at + 11;
}

describeWith(["gifsicle", "ffmpeg"], "renderPipeline with gifsicle and ffmpeg", () => {
  it.each([
    [of(gifsicleFrameStep, gifsicleColorStep, gifsicleLossyStep), ["gifsicle"]],
    [of(ffmpegFrameStep, ffmpegColorStep), ["ffmpeg"]],
    [of(ffmpegFrameStep, ffmpegColorStep, gifsicleLossyStep), ["ffmpeg", "gifsicle"]],
    [of(gifsicleFrameStep, quantiseColorStep, gifsicleLossyStep), ["gifsicle", "built-in", "gifenc"]],
    [of(evenFrameStep, ffmpegColorStep, toleranceLossyStep), ["built-in", "gifenc", "ffmpeg"]],
  ])("$id keeps what it must and says who worked on it", async (pipeline, names) => {
    // Noise, because smooth colours grow when ffmpeg dithers them.
    const bytes = sample("noise-grey");
    const rendered = await render(pipeline, { bytes });
    const result = decodeRendered(rendered.bytes);
    expect(rendered.engines.map(({ name }) => name)).toEqual(names);
    for (const { name, version } of installed.found) {
      if (names.includes(name)) expect(rendered.engines).toContainEqual({ name, version });
    }
    expect([result.width, result.height]).toEqual([150, 100]);
    expect(rendered.frameCount).toBe(5);
    expect(distinctColors(result.frames, 1 << 24)!.length).toBeLessThanOrEqual(32);
    expect(result.frames.reduce((sum, { delaySeconds }) => sum + delaySeconds, 0)).toBeCloseTo(0.5, 6);
    expect(rendered.bytes.length).toBeLessThan(bytes.length);
  });
});
