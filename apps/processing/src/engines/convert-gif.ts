import { GifError } from "../gif/gif-error.ts";
import { type GifStructure, scanGif } from "../gif/scan-gif.ts";
import type { DetectedEngines } from "./detect-engines.ts";
import { EngineError } from "./engine-error.ts";
import { type EngineLimits, resolveEngineLimits } from "./engine-limits.ts";
import type { EngineTask } from "./engine-task.ts";
import type { EngineVersion } from "./engine-version.ts";
import { EXTERNAL_ENGINES, type ExternalEngineName } from "./external-engine.ts";
import { planFrames } from "./frame-plan.ts";
import { runProcess } from "./run-process.ts";
import { openTemporaryInput } from "./temporary-input.ts";

export interface ConvertOptions {
  readonly engines: DetectedEngines;
  readonly limits?: EngineLimits;
  /** Aborting kills the engine. */
  readonly signal?: AbortSignal | undefined;
}

/** An external engine's result. */
export interface ConvertedGif {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly engine: EngineVersion;
}

/**
 * Has an external engine work on a GIF. Neither names nor folders of the user reach the engine: it reads a nameless file
 * and writes to a pipe. What it writes is checked: a whole GIF of the same size and duration, with no more frames than
 * were asked for.
 *
 * @throws EngineError, GifError when `bytes` is no GIF, RangeError for a limit out of range
 */
export async function convertGif(
  name: ExternalEngineName,
  bytes: Uint8Array,
  task: EngineTask,
  { engines, limits, signal }: ConvertOptions,
): Promise<ConvertedGif> {
  const resolved = resolveEngineLimits(limits);
  const found = engines.found.find((engine) => engine.name === name);
  const { calls, packageName, refusal } = EXTERNAL_ENGINES[name];
  if (found === undefined) {
    const reason = engines.missing.find((engine) => engine.name === name)?.reason ?? `${name} was not looked for`;
    throw new EngineError("MISSING", `${reason}: install the package ${packageName}`);
  }
  const source = scanGif(bytes);
  let result: Uint8Array<ArrayBuffer> | undefined;
  for (const args of calls(source, task)) {
    const input = await openTemporaryInput(result ?? bytes);
    try {
      const call = {
        name,
        path: found.path,
        args,
        stdin: input.fd,
        limits: resolved,
        prlimit: engines.prlimit,
        signal,
      };
      const { output, said } = await runProcess(call);
      const refused = refusal?.exec(said);
      if (refused) throw new EngineError("UNSUPPORTED", `${name} cannot do this with this GIF: ${refused[0]}`);
      // A copy with memory of its own: small buffers share theirs, and could not be handed to another thread.
      result = new Uint8Array(output);
    } finally {
      await input.close();
    }
  }
  if (result === undefined) throw new TypeError(`${name} has no call for ${JSON.stringify(task)}`);
  checkResult(name, result, source, task);
  return { bytes: result, engine: { name, version: found.version } };
}

function structureOf(name: string, bytes: Uint8Array): GifStructure {
  try {
    const structure = scanGif(bytes);
    if (structure.warnings.length === 0) return structure;
    throw new EngineError("BAD_OUTPUT", `${name} wrote a damaged GIF: ${structure.warnings[0]}`);
  } catch (error) {
    if (!(error instanceof GifError)) throw error;
    throw new EngineError("BAD_OUTPUT", `${name} ended well, but wrote no GIF: ${error.message}`, { cause: error });
  }
}

function centiseconds(gif: GifStructure): number {
  return planFrames(gif, 1).delays.reduce((sum, delay) => sum + delay, 0);
}

function checkResult(name: string, bytes: Uint8Array, source: GifStructure, task: EngineTask): void {
  const result = structureOf(name, bytes);
  const bad = (what: string): EngineError => new EngineError("BAD_OUTPUT", `${name} wrote ${what}`);
  const { width, height, images } = result;
  const sameSize = width === source.width && height === source.height;
  if (!sameSize && source.width * source.height > 0) {
    throw bad(`a GIF of ${width} x ${height} for one of ${source.width} x ${source.height}`);
  }
  const plan = planFrames(source, task.frameRatio ?? 1);
  if (images.length === 0 || images.length > plan.positions.length) {
    throw bad(`${images.length} frames where ${plan.positions.length} were to be kept`);
  }
  const wanted = plan.delays.reduce((sum, delay) => sum + delay, 0);
  const shown = centiseconds(result);
  if (source.images.length > 1 && shown !== wanted) {
    throw bad(`a GIF of ${shown / 100} s for one of ${wanted / 100} s`);
  }
}
