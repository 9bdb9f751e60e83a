import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { EngineError } from "./engine-error.ts";
import type { ResolvedEngineLimits } from "./engine-limits.ts";
import { LastLines } from "./last-lines.ts";
import { guardMemory, withMemoryLimit } from "./memory-limit.ts";
import { killGroup, trackGroup } from "./process-group.ts";

/** One call of a program. */
export interface ProcessCall {
  /** For messages. */
  readonly name: string;
  /** Absolute path of the program. */
  readonly path: string;
  readonly args: readonly string[];
  /** A file that is its standard input; without one there is none. */
  readonly stdin?: number;
  readonly limits: ResolvedEngineLimits;
  /** `prlimit`, when it is installed. */
  readonly prlimit: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a program that ended with code 0 wrote. */
export interface ProcessResult {
  /** Its standard output, whole. */
  readonly output: Buffer<ArrayBuffer>;
  /** The end of its standard error. */
  readonly said: string;
}

const MB = 2 ** 20;
const OUT_OF_MEMORY = /out of memory|cannot allocate memory|failed to map segment|bad_alloc/i;

/** PATH for programs that start others; nothing else of the caller's environment, and messages in English. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, LD_LIBRARY_PATH } = process.env;
  return { LC_ALL: "C", ...(PATH && { PATH }), ...(LD_LIBRARY_PATH && { LD_LIBRARY_PATH }) };
}

function start(call: ProcessCall): ChildProcess {
  const { path, args } = withMemoryLimit(call);
  return spawn(path, args, {
    cwd: tmpdir(),
    env: environment(),
    // A group of its own: it is ended with everything it started, and a Ctrl-C at the terminal reaches us alone.
    detached: true,
    stdio: [call.stdin ?? "ignore", "pipe", "pipe"],
  });
}

/**
 * Runs a program without a shell and returns what it wrote. Beyond a limit, and when `signal` is
 * aborted, it is killed with its whole process group.
 *
 * @throws EngineError `FAILED`, `TIMEOUT`, `MEMORY`, `OUTPUT`, `ABORTED`
 */
export async function runProcess(call: ProcessCall): Promise<ProcessResult> {
  const { name, limits, signal } = call;
  if (signal?.aborted) throw new EngineError("ABORTED", `${name} was not started: the work was ended`);
  const child = start(call);
  const lines = new LastLines();
  const chunks: Buffer[] = [];
  let size = 0;
  let ended: EngineError | undefined;
  const end = (error: EngineError): void => {
    ended ??= error;
    killGroup(child);
    // Somebody who left the group may hold the other ends: do not wait for them.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const abort = (): void => end(new EngineError("ABORTED", `${name} was ended with the work it belonged to`));
  const untrack = trackGroup(child);
  const unguard = guardMemory(call, child, (usedMb) => end(memoryError(name, limits, `it took ${usedMb} MB`)));
  const timer = setTimeout(() => {
    const seconds = limits.timeoutSeconds;
    end(
      new EngineError(
        "TIMEOUT",
        `${name} took longer than ${seconds} s: raise timeoutSeconds (giflab run --engine-timeout), or leave the GIF out`,
      ),
    );
  }, limits.timeoutSeconds * 1000);
  signal?.addEventListener("abort", abort, { once: true });
  child.stdout?.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limits.outputMb * MB) chunks.push(chunk);
    else
      end(
        new EngineError(
          "OUTPUT",
          `${name} wrote more than ${limits.outputMb} MB: raise outputMb, or leave the GIF out`,
        ),
      );
  });
  child.stderr?.on("data", (chunk: Buffer) => lines.add(chunk));
  try {
    const { code, exitSignal } = await closed(child);
    if (ended !== undefined) throw ended;
    if (code !== 0) throw failure(call, lines.text, code, exitSignal);
    return { output: Buffer.concat(chunks, size), said: lines.tail };
  } catch (error) {
    if (error instanceof EngineError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError("FAILED", `${name} cannot be started (${call.path}): ${reason}`, { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    unguard();
    untrack();
  }
}

function closed(child: ChildProcess): Promise<{ code: number | null; exitSignal: string | null }> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    // What it started and left behind would keep the pipes open.
    child.on("exit", () => killGroup(child));
    child.on("close", (code, exitSignal) => resolve({ code, exitSignal }));
  });
}

function memoryError(name: string, limits: ResolvedEngineLimits, what: string): EngineError {
  return new EngineError(
    "MEMORY",
    `${name} needs more than ${limits.memoryMb} MB (${what}): raise memoryMb (giflab run --engine-memory), or leave the GIF out`,
  );
}

function failure({ name, limits }: ProcessCall, said: string, code: number | null, signal: string | null): EngineError {
  if (OUT_OF_MEMORY.test(said)) return memoryError(name, limits, said);
  const how = code === null ? `was ended by ${signal}` : `ended with code ${code}`;
  const what = said === "" ? `${name} ${how} and said nothing` : `${name} ${how}: ${said}`;
  // Programs that are refused memory often crash instead of saying so.
  const hint = code === null ? `; its memory is limited to ${limits.memoryMb} MB (memoryMb)` : "";
  return new EngineError("FAILED", `${what}${hint}`);
}
