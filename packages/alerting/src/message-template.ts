import { MetricsError } from "@giflab/metrics-core";

/** What a message may speak of. Numbers may be missing, and are then written as `-`. */
export interface MessageFields {
  readonly rule: string;
  readonly metric: string;
  readonly level: string;
  /** What was compared: the statistic, its share of the limit, or its ratio to the baseline. */
  readonly value: number;
  readonly threshold: number | undefined;
  /** The statistic itself, where `value` is a share or a ratio. */
  readonly measured: number;
  readonly limit: number | undefined;
  readonly baseline: number | undefined;
  /** What the value leaves out, beginning with a comma, or nothing. */
  readonly note: string;
  readonly runbookUrl: string | undefined;
  /** `{tags}` writes all, `{tags.NAME}` one. */
  readonly tags: { readonly [key: string]: string };
  /** Of the rule; `{labels}` and `{labels.NAME}`. */
  readonly labels: { readonly [key: string]: string };
}

/** Text as it is, or a place: `{value:.2f}` is the field `value` with the format `.2f`, `{tags.tier}` the field `tags.tier`. */
export type MessagePart = string | { readonly field: string; readonly format: string };

const PLACE = /\{\{|\}\}|\{([A-Za-z]\w*(?:\.[^{}:]+)?)(?::([^{}]*))?\}|[{}]/g;
const FORMAT = /^(?:d|\.(\d{1,2})([f%g]))?$/;
const FIELDS = [
  "rule",
  "metric",
  "level",
  "value",
  "threshold",
  "measured",
  "limit",
  "baseline",
  "note",
  "runbookUrl",
  "tags",
  "labels",
] as const satisfies readonly (keyof MessageFields)[];
const MAPS = ["tags", "labels"] as const;

/**
 * A message with places to fill in: `{value:.2f}`, `{value:.0%}`, `{value:d}`, `{metric}`, `{tags.tier}`; `{{` and `}}`
 * write braces. Data only: nothing in it is run.
 */
export class MessageTemplate {
  readonly text: string;
  /** In order, none of them empty. */
  readonly parts: readonly MessagePart[];

  /** Throws `INVALID_OPTION` for an unknown field, a format it does not know, or a lone brace. */
  constructor(text: string) {
    this.text = text;
    const parts: MessagePart[] = [];
    let at = 0;
    for (const match of text.matchAll(PLACE)) {
      const [whole, field, format = ""] = match;
      parts.push(text.slice(at, match.index));
      at = match.index + whole.length;
      if (whole === "{{" || whole === "}}") parts.push(whole[0]!);
      else if (field === undefined) fail(text, `a lone ${whole}: write ${whole}${whole} for the character itself`);
      else parts.push(place(text, field, format));
    }
    parts.push(text.slice(at));
    this.parts = parts.filter((part) => part !== "");
  }

  fill(fields: MessageFields): string {
    return this.parts
      .map((part) => (typeof part === "string" ? part : write(part.field, part.format, fields)))
      .join("");
  }
}

function place(text: string, field: string, format: string): MessagePart {
  const base = field.split(".", 1)[0]!;
  const map = (MAPS as readonly string[]).includes(base);
  const known = (FIELDS as readonly string[]).includes(base) && (base === field || map);
  if (!known) fail(text, `unknown field {${field}}: there are ${FIELDS.join(", ")}, tags.NAME and labels.NAME`);
  if (!FORMAT.test(format)) fail(text, `unknown format :${format}: there are :.2f, :.0%, :.3g and :d`);
  return { field, format };
}

function fail(text: string, problem: string): never {
  throw new MetricsError("INVALID_OPTION", `message template ${JSON.stringify(text)}: ${problem}`);
}

function write(field: string, format: string, fields: MessageFields): string {
  for (const map of MAPS) {
    if (field.startsWith(`${map}.`)) {
      const key = field.slice(map.length + 1);
      return Object.hasOwn(fields[map], key) ? fields[map][key]! : "-";
    }
    if (field === map) {
      return Object.entries(fields[map])
        .map(([key, value]) => `${key}=${value}`)
        .join(" ");
    }
  }
  const value = fields[field as Exclude<(typeof FIELDS)[number], (typeof MAPS)[number]>];
  if (value === undefined) return "-";
  return typeof value === "number" ? formatNumber(value, format) : value;
}

/** A number with the format of a place, such as `.2f`. */
export function formatNumber(value: number, format: string): string {
  const [, digits = "0", style] = FORMAT.exec(format)!;
  if (format === "d") return String(Math.round(value));
  if (style === "f") return value.toFixed(Number(digits));
  if (style === "%") return `${(value * 100).toFixed(Number(digits))}%`;
  if (style === "g") return String(Number(value.toPrecision(Math.max(1, Number(digits)))));
  return String(value);
}
