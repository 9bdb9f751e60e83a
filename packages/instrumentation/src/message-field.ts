/** Fields of a message from somebody else's code, read once each: a getter may answer differently the next time. */
export type MessageFields = { readonly [field: string]: unknown };

/** The message as an object with fields; throws a TypeError for anything else. */
export function messageFields(message: unknown): MessageFields {
  if (typeof message === "object" && message !== null) return message as MessageFields;
  throw new TypeError(`a message must be an object, got ${message === null ? "null" : typeof message}`);
}

/** Text with at least one character, cut to `limit`. */
export function textField(field: string, value: unknown, limit = 256): string {
  if (typeof value !== "string" || value === "") throw new TypeError(`${field} must be text, got ${kindOf(value)}`);
  return value.length > limit ? value.slice(0, limit) : value;
}

/** A finite number, 0 or more. */
export function amountField(field: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new TypeError(`${field} must be a finite number, 0 or more, got ${kindOf(value)}`);
}

/** The same for a field that may be missing. */
export function optionalAmountField(field: string, value: unknown): number | undefined {
  return value === undefined ? undefined : amountField(field, value);
}

function kindOf(value: unknown): string {
  return typeof value === "number" ? String(value) : value === null ? "null" : typeof value;
}
