import { basename } from "node:path";
import { MetricsError, nearestNames } from "@giflab/metrics-core";
import type { Document, LineCounter, Node } from "yaml";

/**
 * The content of a YAML or JSON text as plain data, and where things in it are. Throws `INVALID_OPTION` with file, line and
 * column for what is no YAML.
 */
export async function parseYaml(
  text: string,
  path: string,
): Promise<{ readonly content: unknown; readonly places: YamlPlaces }> {
  // Only who has such a file needs a parser.
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const places = new YamlPlaces(path, document, lines, yaml.isNode);
  for (const { pos, message } of document.errors) places.add(pos[0], message);
  places.failIfAny();
  const content: unknown = contentOf(document, places);
  places.failIfAny();
  return { content, places };
}

/** Notes every key of an object at `path` that is not one of `known`, with the nearest that is. */
export function checkKeys(
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
  path: readonly (string | number)[],
  places: YamlPlaces,
): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const near = nearestNames(key, known);
    const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `there are ${known.join(", ")}`;
    places.at([...path, key], `unknown key ${key}: ${hint}`);
  }
}

/** The content as plain data; aliases that multiply are refused, so that a small file cannot fill memory. */
function contentOf(document: Document, places: YamlPlaces): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    places.add(0, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** Collects problems with where they are. */
export class YamlPlaces {
  readonly #path: string;
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #isNode: (value: unknown) => value is Node;
  readonly #problems: { readonly offset: number; readonly message: string }[] = [];

  constructor(path: string, document: Document, lines: LineCounter, isNode: (value: unknown) => value is Node) {
    this.#path = path;
    this.#document = document;
    this.#lines = lines;
    this.#isNode = isNode;
  }

  add(offset: number, message: string): void {
    this.#problems.push({ offset, message });
  }

  /** A problem of what a path leads to; of the nearest thing around it that is in the file. */
  at(path: readonly (string | number)[], message: string): void {
    this.add(this.#offsetOf(path), message);
  }

  /** Where a path leads to, as `file:line:column`. */
  placeOf(path: readonly (string | number)[]): string {
    return this.#told(this.#offsetOf(path));
  }

  #offsetOf(path: readonly (string | number)[]): number {
    for (let length = path.length; length >= 0; length--) {
      const node = this.#keyOrValue(path.slice(0, length));
      if (node?.range) return node.range[0];
    }
    return 0;
  }

  #told(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.#path}:${line}:${col}`;
  }

  failIfAny(): void {
    if (this.#problems.length === 0) return;
    const told = this.#problems
      .sort((a, b) => a.offset - b.offset)
      .map(({ offset, message }) => `${this.#told(offset)}: ${message}`);
    const title = told.length > 1 ? `${basename(this.#path)} has ${told.length} problems:\n  ` : "";
    throw new MetricsError("INVALID_OPTION", title + told.join("\n  "));
  }

  /** The key that is last in a path, so that an empty value has a place too. */
  #keyOrValue(path: readonly (string | number)[]): Node | undefined {
    const last = path.at(-1);
    const parent: unknown = path.length === 0 ? undefined : this.#document.getIn(path.slice(0, -1), true);
    const { items } = (parent ?? {}) as { readonly items?: readonly { readonly key?: unknown }[] };
    if (typeof last === "string" && items !== undefined) {
      const key = items.map((item) => item?.key).find((one) => String((one as { value?: unknown })?.value) === last);
      if (this.#isNode(key)) return key;
    }
    const node: unknown = this.#document.getIn(path, true);
    return this.#isNode(node) ? node : undefined;
  }
}
