/** A field's name as it is to be written, and its value; one that is not finite is left out. */
export type Field = readonly [name: string, value: number | undefined];

/** Numbers without an `i` are floats, always: a field that begins as an integer would refuse 5.5 for ever. */
export function fieldTexts(fields: readonly Field[]): string {
  const texts: string[] = [];
  // The protocol has no infinity, which the sum of very large values can be.
  for (const [name, value] of fields) if (Number.isFinite(value)) texts.push(`${name}=${value}`);
  return texts.join(",");
}
