import type { GifStructure } from "../gif/scan-gif.ts";
import type { EngineTask } from "./engine-task.ts";
import { ffmpeg } from "./ffmpeg.ts";
import { gifsicle } from "./gifsicle.ts";

/** Programs that are used when they are installed. */
export type ExternalEngineName = "gifsicle" | "ffmpeg";

/** How a program is asked for its version, and for a GIF. */
export interface ExternalEngine {
  /** Also the program's name on PATH. */
  readonly name: ExternalEngineName;
  /** What to install on Debian and its kin, and with most other package managers. */
  readonly packageName: string;
  readonly versionArgs: readonly string[];
  /** Finds the version in what the program says of itself. */
  readonly versionPattern: RegExp;
  /** First version with all that is used here: major, minor. */
  readonly leastVersion: readonly [number, number];
  /**
   * The arguments of each call: the first reads the GIF, every other one the result of the call before. A program reads
   * standard input, a seekable file, and writes standard output.
   *
   * @throws EngineError `UNSUPPORTED`
   */
  calls(gif: GifStructure, task: EngineTask): readonly (readonly string[])[];
  /** What the program says when it ended well without having done what was asked. */
  readonly refusal?: RegExp;
}

/** All external engines, by name. */
export const EXTERNAL_ENGINES: Readonly<Record<ExternalEngineName, ExternalEngine>> = { gifsicle, ffmpeg };
