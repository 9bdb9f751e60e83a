import { resolveEngineLimits } from "./engine-limits.ts";
import { EXTERNAL_ENGINES, type ExternalEngine, type ExternalEngineName } from "./external-engine.ts";
import { findExecutable } from "./find-executable.ts";
import { runProcess } from "./run-process.ts";

/** An engine that can be used. Plain data: a worker thread takes it as it is. */
export interface FoundEngine {
  readonly name: ExternalEngineName;
  /** Absolute. */
  readonly path: string;
  readonly version: string;
}

/** An engine that cannot be used, and why. */
export interface MissingEngine {
  readonly name: ExternalEngineName;
  readonly packageName: string;
  /** For a sentence: "gifsicle is not on PATH". */
  readonly reason: string;
}

/** The external engines of this machine. Plain data. */
export interface DetectedEngines {
  readonly found: readonly FoundEngine[];
  readonly missing: readonly MissingEngine[];
  /** Path of `prlimit`, by which the kernel bounds their memory; without it, what they have resident is looked at. */
  readonly prlimit: string | undefined;
}

const VERSION_LIMITS = resolveEngineLimits({ timeoutSeconds: 10, outputMb: 1 });

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const numbers = /^\D?(\d+)\.(\d+)/.exec(version);
  // A build from a repository has a name instead: taken for recent.
  if (numbers === null) return false;
  const [, hasMajor, hasMinor] = numbers.map(Number) as [number, number, number];
  return hasMajor < major || (hasMajor === major && hasMinor < minor);
}

async function look(
  engine: ExternalEngine,
  searchPath: string,
  prlimit: string | undefined,
): Promise<FoundEngine | MissingEngine> {
  const { name, packageName, versionArgs, versionPattern, leastVersion } = engine;
  const missing = (reason: string): MissingEngine => ({ name, packageName, reason });
  const path = await findExecutable(name, searchPath);
  if (path === undefined) return missing(`${name} is not on PATH`);
  try {
    const { output } = await runProcess({ name, path, args: versionArgs, limits: VERSION_LIMITS, prlimit });
    const version = versionPattern.exec(output.toString("utf8"))?.[1];
    if (version === undefined) return missing(`${path} does not say its version as ${name} does`);
    if (!isOlder(version, leastVersion)) return { name, path, version };
    return missing(`${path} is version ${version}, ${leastVersion.join(".")} or later is needed`);
  } catch (error) {
    return missing(error instanceof Error ? error.message : String(error));
  }
}

const detected = new Map<string, Promise<DetectedEngines>>();

/**
 * Finds the external engines on PATH and asks each for its version, once per process and PATH. Never throws: what is not
 * there, does not answer within 10 s or is too old is `missing` with its reason.
 */
export function detectEngines(searchPath: string = process.env["PATH"] ?? ""): Promise<DetectedEngines> {
  let detecting = detected.get(searchPath);
  if (detecting === undefined) {
    detecting = detect(searchPath);
    detected.set(searchPath, detecting);
  }
  return detecting;
}

async function detect(searchPath: string): Promise<DetectedEngines> {
  const prlimit = await findExecutable("prlimit", searchPath);
  const engines = await Promise.all(Object.values(EXTERNAL_ENGINES).map((engine) => look(engine, searchPath, prlimit)));
  return {
    found: engines.filter((engine): engine is FoundEngine => "version" in engine),
    missing: engines.filter((engine): engine is MissingEngine => "reason" in engine),
    prlimit,
  };
}
