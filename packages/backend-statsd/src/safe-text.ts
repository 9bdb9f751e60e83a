import { createHash } from "node:crypto";

/** What a changed text looks like. */
const CHANGED = /_.*-[0-9a-f]{8}$/;

/**
 * Text that a protocol can carry: what matches `unsafe` becomes `_`. Because `a b` and `a_b` would then be one, a changed
 * (or empty) text gets eight hex digits of its SHA-256 at the end; an unchanged one stays as it is, unless it looks like a
 * changed one.
 *
 * `safeText("x,b=y", /[,=]/g)` is `x_b_y-` and eight digits, `safeText("x", /[,=]/g)` is `x`.
 */
export function safeText(text: string, unsafe: RegExp): string {
  const safe = text.replace(unsafe, "_");
  if (safe === text && text !== "" && !CHANGED.test(text)) return text;
  // utf16le keeps apart what is not valid Unicode and would all become the same replacement character in UTF-8.
  const digits = createHash("sha256").update(Buffer.from(text, "utf16le")).digest("hex").slice(0, 8);
  return `${safe === "" ? "_" : safe}-${digits}`;
}
