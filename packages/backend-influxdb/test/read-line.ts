/** A line read by the written rules of the protocol alone: a backslash before one of the separators makes it a sign like others. */
export interface ReadLine {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, number>>;
  readonly timestamp: string;
}

export function readLine(line: string): ReadLine {
  if (line.startsWith("#") || line.includes("\n"))
    throw new Error(`a comment, or not one line: ${JSON.stringify(line)}`);
  const parts = split(line, " ");
  if (parts.length !== 3) throw new Error(`not key, fields and timestamp: ${JSON.stringify(line)}`);
  const [measurement, ...tags] = split(parts[0]!, ",");
  return {
    measurement: plain(measurement!, ", "),
    tags: Object.fromEntries(tags.map((tag) => pair(tag).map((text) => plain(text, ",= ")))),
    fields: Object.fromEntries(
      split(parts[1]!, ",").map((field) => [plain(pair(field)[0], ",= "), number(pair(field)[1])]),
    ),
    timestamp: parts[2]!,
  };
}

function split(text: string, separator: string): string[] {
  const parts = [""];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\" && i + 1 < text.length) parts[parts.length - 1] += text[i]! + text[++i]!;
    else if (text[i] === separator) parts.push("");
    else parts[parts.length - 1] += text[i]!;
  }
  return parts;
}

function pair(text: string): [string, string] {
  const [key, value, ...more] = split(text, "=");
  if (key === "" || value === undefined || value === "" || more.length > 0) throw new Error(`not key=value: ${text}`);
  return [key!, value];
}

function plain(text: string, separators: string): string {
  if (text.endsWith("\\")) throw new Error(`a backslash at the end: ${text}`);
  return [...separators].reduce((result, separator) => result.replaceAll(`\\${separator}`, separator), text);
}

function number(text: string): number {
  if (!/^-?\d+(\.\d+)?(e[+-]\d+)?$/.test(text)) throw new Error(`not a float: ${text}`);
  return Number(text);
}
