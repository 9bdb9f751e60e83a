import { createHash } from "node:crypto";

/**
 * Signs that the line protocol has no way to write: control characters (a newline ends a line), halves of surrogate
 * pairs, and a backslash before a sign that is escaped by one or at the end, which servers read differently.
 */
const UNWRITABLE = /\p{Cc}|\p{Cs}|\\(?=[\\,= ]|$)/gu;
/** A line that begins with `#` is a comment; of `\"` in a measurement, queries of InfluxDB 1 lose the backslash. */
const UNWRITABLE_MEASUREMENT = /^#|\p{Cc}|\p{Cs}|\\(?=[\\,= "]|$)/gu;

/** The text of a metric's name at the start of a line. */
export function measurementText(name: string): string {
  return writable(name, UNWRITABLE_MEASUREMENT).replace(/[, ]/g, "\\$&");
}

/** The text of a tag's key or value. */
export function tagText(text: string): string {
  return writable(text, UNWRITABLE).replace(/[,= ]/g, "\\$&");
}

/**
 * What the server is to find: the text itself if it can be written. Otherwise unwritable signs become `_`, and because
 * `a\nb` and `a_b` would then be one, eight hex digits of the SHA-256 follow. Empty text, which servers refuse or take for
 * a tag that is not there, becomes `_` and its digits.
 */
function writable(text: string, unwritable: RegExp): string {
  const safe = text.replace(unwritable, "_");
  if (safe === text && text !== "") return text;
  // utf16le keeps apart what is not valid Unicode.
  const digits = createHash("sha256").update(Buffer.from(text, "utf16le")).digest("hex").slice(0, 8);
  return `${safe === "" ? "_" : safe}-${digits}`;
}
