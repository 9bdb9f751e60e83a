import { printable, renderTable } from "@giflab/cli-kit";
import { type ResolvedConfig, shownConfigValue } from "@giflab/monitoring/store";
import { MetricsCommand } from "../../metrics-command.ts";
import { loadAllSettings } from "../../settings.ts";

/** A value in force and where it came from. */
export interface ConfigValue {
  readonly key: string;
  readonly value: unknown;
  readonly source: "default" | "file" | "env";
  /** The environment variable or the file; `null` for a default. */
  readonly detail: string | null;
}

/** What `metrics config --json` prints. */
export interface ConfigJson {
  /** The configuration file; `null` when there is none. */
  readonly file: string | null;
  readonly values: readonly ConfigValue[];
}

export class MetricsConfig extends MetricsCommand {
  static override summary = "The configuration in force, and where each value came from.";
  static override description =
    "Defaults, then giflab.config.* (found upward from the working directory, or GIFLAB_CONFIG), then environment variables.";
  static override examples = [
    "<%= config.bin %> metrics config",
    "GIFLAB_METRICS_DB=m.db <%= config.bin %> metrics config --json",
  ];
  static override enableJsonFlag = true;

  async run(): Promise<ConfigJson> {
    await this.parse(MetricsConfig);
    const { config } = await loadAllSettings();
    const values = [...config.origins].map(([key, { source, detail }]) => ({
      key,
      value: shownConfigValue(key, valueAt(config, key)) ?? null,
      source,
      detail: detail ?? null,
    }));
    const rows = values.map(({ key, value, source, detail }) => [
      printable(key),
      printable(show(value)),
      source === "env" ? (detail ?? source) : source,
    ]);
    const file = config.file ?? null;
    this.log(`file  ${file === null ? "none (every value is a default or from the environment)" : printable(file)}\n`);
    this.log(
      renderTable(
        ["Key", "Value", "From"].map((heading) => ({ heading })),
        rows,
      ).join("\n"),
    );
    return { file, values };
  }
}

/** The value at a dotted path; names of sections and keys hold no dots themselves except where a longer key matches. */
function valueAt({ monitoring, sections }: ResolvedConfig, path: string): unknown {
  const walk = (value: unknown, rest: string): unknown => {
    if (rest === "") return value;
    if (typeof value !== "object" || value === null) return undefined;
    const key = Object.keys(value)
      .filter((name) => rest === name || rest.startsWith(`${name}.`))
      .sort((a, b) => b.length - a.length)[0];
    return key === undefined ? undefined : walk((value as Record<string, unknown>)[key], rest.slice(key.length + 1));
  };
  return walk({ monitoring, ...sections }, path);
}

/** A backend made in the file is shown by its name: it is no data. */
function show(value: unknown): string {
  if (value === null) return "-";
  if (typeof value === "string") return value;
  return JSON.stringify(value, (_key, inner: unknown) =>
    isInstance(inner) ? String((inner as { name?: unknown }).name) : inner,
  );
}

function isInstance(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null;
}
