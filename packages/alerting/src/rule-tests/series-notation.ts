/** Values that a notation may stand for: so many flushes are eleven weeks at one a minute. */
const MOST_VALUES = 100_000;

const NUMBER = "[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?";
const ITEM = new RegExp(`^(_|${NUMBER})(?:([-+](?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?))?(?:x(\\d+))?$`);

/**
 * Values in the notation of `promtool test rules`, separated by blanks: a number; `_` for none; `1x4`, a value and four more
 * like it; `_x4`, four times none; `1+2x3`, a value and three more that rise by 2 each: 1 3 5 7; `7-2x3`: 7 5 3 1.
 *
 * @throws RangeError that says what cannot be read
 */
export function parseSeriesNotation(text: string): readonly (number | undefined)[] {
  const values: (number | undefined)[] = [];
  for (const item of text.trim().split(/\s+/)) {
    const match = ITEM.exec(item);
    const [, first, step, times] = match ?? [];
    if (first === undefined || (step !== undefined && (times === undefined || first === "_"))) {
      throw new RangeError(`cannot read ${JSON.stringify(item)}: write numbers, _, 1x4, _x4, 1+2x3 or 7-2x3`);
    }
    // As in promtool, `_x4` is four values and `1x4` five.
    const count = first === "_" ? Number(times ?? 1) : Number(times ?? 0) + 1;
    if (values.length + count > MOST_VALUES) throw new RangeError(`more than ${MOST_VALUES} values`);
    for (let index = 0; index < count; index++) {
      values.push(first === "_" ? undefined : Number(first) + index * Number(step ?? 0));
    }
  }
  return values;
}
