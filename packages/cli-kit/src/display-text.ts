import { stripVTControlCharacters } from "node:util";

/** Control characters of C0, DEL and C1, line and direction marks: what could move a terminal's cursor or recolour it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this looks for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text of unknown origin (metric names, tag values) made safe to print: control characters become `\x1b` and the like, so
 * that a stored value cannot drive the reader's terminal.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** Columns a text takes on a terminal: colours count 0, combining marks 0, East Asian wide characters and emoji 2. */
export function displayWidth(text: string): number {
  const plain = stripVTControlCharacters(text);
  let width = 0;
  for (const character of plain) {
    const code = character.codePointAt(0)!;
    if (code < 0x300) width += 1;
    else if (!/\p{Mark}|\p{Cf}/u.test(character)) width += isWide(code) ? 2 : 1;
  }
  return width;
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}
