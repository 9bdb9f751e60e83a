/** An environment variable that overrides a key of the configuration. */
interface Override {
  readonly variable: string;
  /** Below `monitoring`. */
  readonly path: readonly string[];
  /** The value in the key's own type; what cannot be read stays text, which validation refuses. */
  parse(text: string): unknown;
  readonly allowed?: string;
}

const WORDS: Readonly<Record<string, boolean>> = {
  "1": true,
  true: true,
  yes: true,
  on: true,
  "0": false,
  false: false,
  no: false,
  off: false,
};

const asText = (text: string): string => text;
const asNumber = (text: string): unknown => {
  const value = Number(text);
  return Number.isNaN(value) ? text : value;
};
const asBoolean = (text: string): unknown => {
  const word = text.toLowerCase();
  return Object.hasOwn(WORDS, word) ? WORDS[word] : text;
};
const asNames = (text: string): unknown => {
  const names = text.split(",").map((name) => name.trim());
  return names.length === 1 ? names[0] : names;
};

const OVERRIDES: readonly Override[] = [
  { variable: "GIFLAB_MONITORING_ENABLED", path: ["enabled"], parse: asBoolean, allowed: "must be 1 or 0" },
  { variable: "GIFLAB_METRICS_DB", path: ["sqlite", "dbPath"], parse: asText },
  { variable: "GIFLAB_METRICS_BACKEND", path: ["backend"], parse: asNames },
  { variable: "GIFLAB_METRICS_SOURCE", path: ["source", "name"], parse: asText },
  { variable: "GIFLAB_METRICS_URL", path: ["source", "url"], parse: asText },
  { variable: "GIFLAB_METRICS_TOKEN", path: ["source", "token"], parse: asText },
  { variable: "GIFLAB_METRICS_USERNAME", path: ["source", "username"], parse: asText },
  { variable: "GIFLAB_METRICS_PASSWORD", path: ["source", "password"], parse: asText },
  { variable: "GIFLAB_SERVICE", path: ["service"], parse: asText },
  { variable: "GIFLAB_FLUSH_INTERVAL_SECONDS", path: ["flushIntervalSeconds"], parse: asNumber },
  { variable: "GIFLAB_SAMPLING_RATE", path: ["samplingRate"], parse: asNumber },
];

export interface AppliedOverride {
  readonly variable: string;
  readonly text: string;
  readonly allowed: string | undefined;
}

/**
 * The `monitoring` section with the environment's values in it, and which key (`monitoring.sqlite.dbPath`) came from which
 * variable. An empty variable counts as not set. `given` is not changed.
 */
export function applyEnvironment(
  given: unknown,
  env: Readonly<Record<string, string | undefined>>,
): { readonly monitoring: unknown; readonly applied: ReadonlyMap<string, AppliedOverride> } {
  const applied = new Map<string, AppliedOverride>();
  let monitoring = given;
  for (const { variable, path, parse, allowed } of OVERRIDES) {
    const text = env[variable]?.trim();
    if (text === undefined || text === "") continue;
    monitoring = withValue(monitoring ?? {}, path, parse(text));
    applied.set(["monitoring", ...path].join("."), { variable, text, allowed });
  }
  return { monitoring, applied };
}

/** A copy of `target` with `value` at `path`. What is no object stays as it is: validation has something to say about it. */
function withValue(target: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof target !== "object" || target === null || Array.isArray(target)) return target;
  const inner = (target as Record<string, unknown>)[key] ?? {};
  return { ...target, [key]: withValue(inner, rest, value) };
}

const LOG_LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL", "SILENT"];

/** `GIFLAB_LOG_LEVEL` is read by those who log; a level that none of them knows is said with the other problems. */
export function logLevelProblems(text: string | undefined): readonly string[] {
  const level = text?.trim() ?? "";
  if (level === "" || LOG_LEVELS.includes(level.toUpperCase())) return [];
  return [`GIFLAB_LOG_LEVEL must be one of ${LOG_LEVELS.join(", ")}, got ${JSON.stringify(level)}`];
}
