/** Lines that travel in one request. */
export interface LineBatch {
  readonly body: string;
  readonly lines: number;
  /** Metric points that the lines stand for; lines that only describe count as none. */
  readonly points: number;
}

/** The lines of one point, or of none. */
export interface LineGroup {
  readonly text: string;
  readonly lines: number;
  readonly points: number;
}

/** Puts lines together up to both limits; a group is never split, and one that is larger than the limits goes alone. */
export function* lineBatches(
  groups: Iterable<LineGroup>,
  limits: { readonly lines: number; readonly bytes: number },
): Generator<LineBatch, undefined> {
  let texts: string[] = [];
  let [lines, bytes, points] = [0, 0, 0];
  for (const group of groups) {
    const { text } = group;
    const size = Buffer.byteLength(text) + 1;
    if (texts.length > 0 && (lines + group.lines > limits.lines || bytes + size > limits.bytes)) {
      yield { body: texts.join("\n"), lines, points };
      texts = [];
      [lines, bytes, points] = [0, 0, 0];
    }
    texts.push(text);
    lines += group.lines;
    bytes += size;
    points += group.points;
  }
  if (texts.length > 0) yield { body: texts.join("\n"), lines, points };
  return undefined;
}
