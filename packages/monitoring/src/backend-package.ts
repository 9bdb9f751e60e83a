import { readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MetricsError, nearestNames } from "@giflab/metrics-core";

/** Backends of this project by the name that a configuration uses, and what their packages export. */
const OWN_BACKENDS: Readonly<Record<string, string>> = {
  sqlite: "SqliteBackend",
  statsd: "StatsdBackend",
  prometheus: "PrometheusBackend",
  otlp: "OtlpBackend",
  influxdb: "InfluxdbBackend",
};

export type BackendOptions = Readonly<Record<string, unknown>>;

/** Makes a backend of `options`; what it returns is not checked yet. */
export type BackendFactory = (options: BackendOptions) => unknown;

/**
 * The backend called `name`: one of ours (`sqlite` is `@giflab/backend-sqlite`), a package or a file that exports
 * `createBackend(options)`. Looked for in each of `folders`, then beside this package. Throws `BACKEND_MISSING` that says
 * what to install.
 */
export async function findBackend(name: string, folders: readonly string[]): Promise<BackendFactory> {
  const exported = Object.hasOwn(OWN_BACKENDS, name) ? OWN_BACKENDS[name] : undefined;
  const specifier = exported === undefined ? name : `@giflab/backend-${name}`;
  const module = await importFrom(specifier, folders);
  if (module === undefined) throw missing(name, specifier);
  const { createBackend } = module;
  if (typeof createBackend === "function") return createBackend as BackendFactory;
  const Backend = exported === undefined ? undefined : module[exported];
  if (typeof Backend === "function") return (options) => new (Backend as new (o: BackendOptions) => unknown)(options);
  throw new MetricsError("BACKEND_MISSING", `${specifier} is no backend: it does not export createBackend(options)`);
}

/** Those of our packages that can read what somebody else keeps. */
const OWN_SOURCES: readonly string[] = ["prometheus"];

/** Makes a reader of `options`; what it returns is not checked yet. */
export type ReaderFactory = (options: BackendOptions) => unknown;

/**
 * The reader called `name`: `prometheus` is `@giflab/backend-prometheus/store`, anything else a package or a file that exports
 * `createReader(options)`. Looked for as backends are. Throws `BACKEND_MISSING` that says what to install.
 */
export async function findReader(name: string, folders: readonly string[]): Promise<ReaderFactory> {
  if (Object.hasOwn(OWN_BACKENDS, name) && !OWN_SOURCES.includes(name)) {
    throw new MetricsError(
      "INVALID_CONFIG",
      `source "${name}" cannot be read over the network: known sources are ${OWN_SOURCES.join(", ")}, and "backend" for the configured backend`,
    );
  }
  const own = OWN_SOURCES.includes(name);
  const specifier = own ? `@giflab/backend-${name}/store` : name;
  const module = await importFrom(specifier, folders);
  if (module === undefined) {
    const near = own ? [] : nearestNames(name, [...OWN_SOURCES, "backend"]);
    const meant = near.length === 0 ? "" : ` (or did you mean ${near.join(" or ")}?)`;
    throw new MetricsError(
      "BACKEND_MISSING",
      `source "${name}" is not installed: install ${packageOf(specifier)}${meant}`,
    );
  }
  const { createReader } = module;
  if (typeof createReader === "function") return createReader as ReaderFactory;
  throw new MetricsError("BACKEND_MISSING", `${specifier} is no source: it does not export createReader(options)`);
}

/** `@scope/name` of `@scope/name/part`; a path stays as it is. */
function packageOf(specifier: string): string {
  if (isPath(specifier)) return specifier;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function missing(name: string, specifier: string): MetricsError {
  const near = nearestNames(name, ["memory", ...Object.keys(OWN_BACKENDS)]).filter((known) => known !== name);
  const meant = near.length === 0 ? "" : ` (or did you mean ${near.join(" or ")}?)`;
  return new MetricsError("BACKEND_MISSING", `backend "${name}" is not installed: install ${specifier}${meant}`);
}

async function importFrom(
  specifier: string,
  folders: readonly string[],
): Promise<Readonly<Record<string, unknown>> | undefined> {
  for (const folder of folders) {
    const file = resolveFrom(specifier, folder);
    if (file !== undefined) return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  }
  if (isPath(specifier)) return undefined;
  try {
    return (await import(specifier)) as Record<string, unknown>;
  } catch (error) {
    if (isNotFound(error, specifier)) return undefined;
    throw error;
  }
}

function resolveFrom(specifier: string, folder: string): string | undefined {
  const from = join(folder, "giflab.config.js");
  try {
    return nodeModule.createRequire(from).resolve(isPath(specifier) ? resolve(folder, specifier) : specifier);
  } catch (error) {
    // A package for `import` only: Node has no synchronous resolution of that from elsewhere.
    return (error as { code?: unknown }).code === "ERR_PACKAGE_PATH_NOT_EXPORTED"
      ? importEntry(specifier, from)
      : undefined;
  }
}

function importEntry(specifier: string, from: string): string | undefined {
  // Not a named import: a Node that is too old lacks it, and shall say so instead of failing to load this file.
  const manifest = nodeModule.findPackageJSON?.(specifier, pathToFileURL(from));
  if (manifest === undefined) return undefined;
  const { exports } = JSON.parse(readFileSync(manifest, "utf8")) as { exports?: unknown };
  const main = (exports as Record<string, unknown> | undefined)?.["."] ?? exports;
  const entry = importTarget(main);
  return entry === undefined ? undefined : join(dirname(manifest), entry);
}

function importTarget(target: unknown): string | undefined {
  if (typeof target === "string") return target;
  if (typeof target !== "object" || target === null) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    const found = ["node", "import", "default"].includes(condition) ? importTarget(inner) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function isPath(specifier: string): boolean {
  return specifier.startsWith(".") || isAbsolute(specifier);
}

/** Whether it is the package itself that is missing, and not something that it needs. */
function isNotFound(error: unknown, specifier: string): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (
    (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") &&
    typeof message === "string" &&
    (message.includes(`'${specifier}'`) || message.includes(`'${packageOf(specifier)}'`))
  );
}
