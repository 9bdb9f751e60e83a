import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { nearestNames } from "@giflab/metrics-core";
import { type GenericSchema, safeParse } from "valibot";
import { type AppliedOverride, applyEnvironment, logLevelProblems } from "./config-environment.ts";
import { findConfigFile, readConfigFile } from "./config-file.ts";
import { describeIssues, invalidConfig, listsForObjects, unknownKey } from "./config-problems.ts";
import type { GiflabConfig } from "./define-config.ts";
import { checkSections, type MonitoringExtension, registeredExtensions } from "./extension.ts";
import { type MonitoringSettings, monitoringSchema } from "./monitoring-schema.ts";
import { resolvePath } from "./resolve-path.ts";

/** Where a value in force came from; `detail` is the file or the environment variable. */
export interface ConfigOrigin {
  readonly source: "default" | "file" | "env";
  readonly detail?: string | undefined;
}

/** A configuration that is complete and valid. */
export interface ResolvedConfig {
  readonly monitoring: MonitoringSettings;
  /** The sections of the extensions, by name, complete with their defaults. */
  readonly sections: Readonly<Record<string, unknown>>;
  /** The file it was read from; `undefined` without one. */
  readonly file: string | undefined;
  /** The folder at which relative paths and backend packages are looked for first. */
  readonly folder: string;
  /** By key path, such as `monitoring.sqlite.dbPath`: where each value came from. */
  readonly origins: ReadonlyMap<string, ConfigOrigin>;
  /** Sections that were kept although no registered extension knows them. */
  readonly unknownSections: readonly string[];
}

export interface LoadConfigOptions {
  /** Where to begin looking for the file; default: the working directory. */
  readonly cwd?: string | undefined;
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The file itself, instead of looking for it or reading `GIFLAB_CONFIG`. */
  readonly file?: string | undefined;
  /** A configuration in place of a file. */
  readonly config?: GiflabConfig | undefined;
  /** Whose sections are known; default: those registered in this process. */
  readonly extensions?: readonly MonitoringExtension[] | undefined;
  /**
   * What to do about sections that nobody knows: refuse them (default), or keep them unread, as their extension may not be
   * registered here. What is no object, or looks like a misspelt `monitoring`, is refused in any case.
   */
  readonly unknownSections?: "error" | "keep" | undefined;
}

/**
 * Finds, reads and checks the configuration; without a file everything has its default. The environment overrides the file.
 * Throws one `INVALID_CONFIG` that names the file and lists every problem with its key, its value and what is allowed.
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<ResolvedConfig> {
  const cwd = options.cwd ?? process.cwd();
  const env = options.env ?? process.env;
  const file = options.config === undefined ? configFile(options.file, env["GIFLAB_CONFIG"], cwd) : undefined;
  const given = options.config ?? (file === undefined ? {} : await readConfigFile(file));
  const folder = file === undefined ? cwd : dirname(file);

  const { monitoring, applied } = applyEnvironment(given.monitoring, env);
  const owners = checkSections(options.extensions ?? registeredExtensions());
  const schemas: Record<string, GenericSchema> = { monitoring: monitoringSchema };
  for (const [section, owner] of owners) schemas[section] = owner.sections[section]!;

  const problems: string[] = [];
  const unknownSections = Object.keys(given).filter((key) => key !== "$schema" && !Object.hasOwn(schemas, key));
  for (const key of unknownSections) {
    if (options.unknownSections !== "keep" || nearestNames(key, ["monitoring"]).length > 0) {
      problems.push(unknownKey(key, Object.keys(schemas)));
    } else if (!isPlain(given[key])) {
      problems.push(`${key} must be an object, as every section is`);
    }
  }
  problems.push(...logLevelProblems(env["GIFLAB_LOG_LEVEL"]));
  const parsed: Record<string, unknown> = {};
  for (const [section, schema] of Object.entries(schemas)) {
    const input = (section === "monitoring" ? monitoring : given[section]) ?? {};
    const lists = listsForObjects(section, schema, input);
    const result = safeParse(schema, input);
    if (lists.length > 0) problems.push(...lists);
    else if (result.success) parsed[section] = result.output;
    else problems.push(...describeIssues(section, schema, result.issues, applied));
  }
  if (problems.length > 0) throw invalidConfig(file ?? "configuration", problems);

  const { monitoring: checked, ...sections } = parsed;
  for (const key of unknownSections) sections[key] = given[key];
  const settings = withDbPath(checked as MonitoringSettings, applied.has("monitoring.sqlite.dbPath") ? cwd : folder);
  return {
    monitoring: settings,
    sections,
    file,
    folder,
    origins: originsOf({ monitoring: settings, ...sections }, given, applied, file),
    unknownSections,
  };
}

function configFile(file: string | undefined, variable: string | undefined, cwd: string): string | undefined {
  const fromEnv = variable?.trim();
  if (file !== undefined) return findConfigFile({ cwd, named: { path: file, by: "the option file" } });
  return findConfigFile({ cwd, named: fromEnv ? { path: fromEnv, by: "GIFLAB_CONFIG" } : undefined });
}

function withDbPath(settings: MonitoringSettings, folder: string): MonitoringSettings {
  const dbPath = settings.sqlite.dbPath ?? undefined; // `null` in a file asks for the default
  const resolved = dbPath === undefined ? defaultDbPath() : resolvePath(dbPath, folder);
  return { ...settings, sqlite: { ...settings.sqlite, dbPath: resolved } };
}

/** `undefined` without a home folder: the backend then says what to do. */
function defaultDbPath(): string | undefined {
  try {
    const home = homedir();
    return home === "" || home === "/nonexistent" ? undefined : join(home, ".giflab_cache", "metrics.db");
  } catch {
    return undefined;
  }
}

function originsOf(
  resolved: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>,
  applied: ReadonlyMap<string, AppliedOverride>,
  file: string | undefined,
): ReadonlyMap<string, ConfigOrigin> {
  const origins = new Map<string, ConfigOrigin>();
  const visit = (value: unknown, written: unknown, path: string): void => {
    if (isPlain(value) && Object.keys(value).length > 0) {
      const inner = isPlain(written) ? written : {};
      for (const key of Object.keys(value)) visit(value[key], inner[key], path === "" ? key : `${path}.${key}`);
      return;
    }
    const override = applied.get(path);
    if (override !== undefined) origins.set(path, { source: "env", detail: override.variable });
    else if (written !== undefined) origins.set(path, { source: "file", detail: file });
    else origins.set(path, { source: "default" });
  };
  visit(resolved, given, "");
  return origins;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
