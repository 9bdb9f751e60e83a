import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { MetricsError } from "@giflab/metrics-core";
import { resolvePath } from "./resolve-path.ts";

const EXTENSIONS = [".ts", ".mts", ".js", ".mjs", ".json"] as const;

/**
 * The configuration file: the one that is named, else `giflab.config.{ts,mts,js,mjs,json}` in `cwd` or the nearest folder
 * above it; in one folder the first of these. `undefined` when there is none. Throws `INVALID_CONFIG` when a named file does
 * not exist.
 */
export function findConfigFile(options: {
  readonly cwd: string;
  readonly named: { readonly path: string; readonly by: string } | undefined;
}): string | undefined {
  if (options.named !== undefined) {
    const file = resolvePath(options.named.path, options.cwd);
    if (existsSync(file)) return file;
    throw new MetricsError("INVALID_CONFIG", `${options.named.by} names ${file}, which does not exist`);
  }
  for (let folder = options.cwd; ; folder = dirname(folder)) {
    for (const extension of EXTENSIONS) {
      const file = join(folder, `giflab.config${extension}`);
      if (existsSync(file)) return file;
    }
    if (dirname(folder) === folder) return undefined;
  }
}

/** What the file holds; JSON without loading anything, TypeScript by Node's own type stripping. Throws `INVALID_CONFIG`. */
export async function readConfigFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  const extension = extname(file) as (typeof EXTENSIONS)[number];
  if (!EXTENSIONS.includes(extension)) {
    throw new MetricsError("INVALID_CONFIG", `${file}: a configuration file ends in ${EXTENSIONS.join(", ")}`);
  }
  const content = extension === ".json" ? readJson(file) : await importDefault(file);
  if (typeof content === "object" && content !== null && !Array.isArray(content)) {
    return content as Record<string, unknown>;
  }
  const wanted =
    extension === ".json"
      ? "must hold an object"
      : "must have an object as its default export (export default { ... })";
  throw new MetricsError("INVALID_CONFIG", `${file} ${wanted}`);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new MetricsError("INVALID_CONFIG", `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

async function importDefault(file: string): Promise<unknown> {
  try {
    return ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new MetricsError("INVALID_CONFIG", `${file} cannot be loaded: ${message}${hint(message, cause)}`, { cause });
  }
}

function hint(message: string, cause: unknown): string {
  const code = (cause as { code?: unknown } | undefined)?.code;
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX")
    return "; enums, namespaces and decorators need plain JavaScript here";
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") {
    return `; TypeScript needs Node 22.18 or newer, this is ${process.versions.node}`;
  }
  if (message.includes("@giflab/monitoring")) {
    return '; install it beside the file, or use "import type { GiflabConfig }" and "satisfies GiflabConfig" instead';
  }
  return "";
}
