import type { GifStructure } from "../gif/scan-gif.ts";
import { EngineError } from "./engine-error.ts";
import type { EngineTask } from "./engine-task.ts";
import type { ExternalEngine } from "./external-engine.ts";
import { type FramePlan, planFrames } from "./frame-plan.ts";

const LEAST_COLORS = 4;
/** Linux takes no single argument above 128 KiB. */
const LONGEST_EXPRESSION = 120_000;

const INPUT = [
  ...["-hide_banner", "-nostdin", "-loglevel", "error"],
  // A file that is damaged in part ends the call: what ffmpeg left out in silence could not be told from what it did.
  "-xerror",
  ...["-threads", "1", "-filter_complex_threads", "1", "-protocol_whitelist", "file,pipe"],
  // Any delay as it is, but none counts 0.1 s, as our decoder has it.
  ...["-f", "gif", "-min_delay", "1", "-default_delay", "10"],
  // The file behind standard input, where ffmpeg can seek; by pipe it cannot read long GIFs.
  ...["-i", "file:/dev/fd/0"],
];

/** True for the frames kept. ffmpeg takes expressions of 100 levels at most, so the sum is a balanced tree. */
function oneOf(positions: readonly number[]): string {
  if (positions.length === 1) return `eq(n,${positions[0]})`;
  const half = positions.length >> 1;
  return `(${oneOf(positions.slice(0, half))}+${oneOf(positions.slice(half))})`;
}

function selectFilter({ positions }: FramePlan, total: number): string[] {
  if (positions.length === total) return [];
  const expression = oneOf(positions);
  if (expression.length > LONGEST_EXPRESSION) {
    throw new EngineError(
      "UNSUPPORTED",
      `ffmpeg cannot be told ${positions.length} frames to keep: use another engine for this GIF`,
    );
  }
  return [`select='${expression}'`];
}

function calls(gif: GifStructure, task: EngineTask): string[][] {
  const { colors = 256, dither } = task;
  if (task.lossy !== undefined)
    throw new EngineError("UNSUPPORTED", "ffmpeg has no lossy compression of GIFs: use gifsicle");
  if (colors < LEAST_COLORS) {
    throw new EngineError("UNSUPPORTED", `ffmpeg's palettes have ${LEAST_COLORS} colours or more, got ${colors}`);
  }
  const plan = planFrames(gif, task.frameRatio ?? 1);
  const head = [...selectFilter(plan, gif.images.length), "split[first][second]"].join(",");
  const use = dither === undefined ? "paletteuse" : `paletteuse=dither=${dither}`;
  const graph = `[0:v]${head};[first]palettegen=max_colors=${colors}[palette];[second][palette]${use}`;
  return [
    [
      ...INPUT,
      ...["-filter_complex", graph],
      // Every frame at its own time, to 1/100 s; otherwise ffmpeg guesses a frame rate and rounds to it.
      ...["-fps_mode", "passthrough", "-enc_time_base", "1:100"],
      ...["-f", "gif", "-loop", `${gif.loopCount}`, "-final_delay", `${plan.delays.at(-1) ?? 0}`, "pipe:1"],
    ],
  ];
}

/** ffmpeg: frames and colours (a palette made from all frames), with several ways to mix colours. */
export const ffmpeg: ExternalEngine = {
  name: "ffmpeg",
  packageName: "ffmpeg",
  versionArgs: ["-version"],
  versionPattern: /^ffmpeg version (\S+)/m,
  // The first with -fps_mode.
  leastVersion: [5, 1],
  calls,
};
