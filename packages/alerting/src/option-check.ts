import { DURATION_FORMS, DURATION_PATTERN, durationSeconds, MAX_DURATION_SECONDS } from "@giflab/metrics-core";

/** A JSON schema, as plain data. */
export type JsonSchema = { readonly [key: string]: unknown };

/** What an option may be: for messages, for the check itself, and for editors. */
export interface OptionCheck {
  /** Goes on "must be ...". */
  readonly allowed: string;
  readonly good: (value: unknown) => boolean;
  readonly schema: JsonSchema;
  /** Options inside of it, of an object. */
  readonly inner?: Readonly<Record<string, OptionCheck>>;
  /** Options inside of it that must be there. */
  readonly required?: readonly string[];
}

/** Options of an object by name. */
export type OptionChecks<T> = { readonly [K in keyof Required<T>]: OptionCheck };

export const text = (maxLength: number, allowed = `text of 1 to ${maxLength} characters`): OptionCheck => ({
  allowed,
  good: (value) => typeof value === "string" && value.trim() !== "" && value.length <= maxLength,
  schema: { type: "string", minLength: 1, maxLength, pattern: "\\S" },
});

export const anyNumber: OptionCheck = {
  allowed: "a number",
  good: (value) => Number.isFinite(value),
  schema: { type: "number" },
};

export const wholeNumber: OptionCheck = {
  allowed: "a whole number from 0",
  good: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  schema: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
};

export function duration(options: { readonly above0: boolean }): OptionCheck {
  const { above0 } = options;
  const least = above0 ? { exclusiveMinimum: 0 } : { minimum: 0 };
  const seconds = { type: "number", ...least, maximum: MAX_DURATION_SECONDS };
  return {
    allowed: `${DURATION_FORMS}${above0 ? ", more than 0" : ""}`,
    good: (value) => (durationSeconds(value) ?? -1) >= (above0 ? Number.MIN_VALUE : 0),
    schema: { anyOf: [seconds, { type: "string", pattern: DURATION_PATTERN }] },
  };
}

export const oneOf = (values: readonly string[]): OptionCheck => ({
  allowed: `one of ${values.join(", ")}`,
  good: (value) => values.includes(value as string),
  schema: { enum: values },
});

export const textOrTexts = (allowed: string, maxLength: number): OptionCheck => {
  const one = text(maxLength);
  return {
    allowed: `${allowed}, or a list of them`,
    good: (value) => one.good(value) || (Array.isArray(value) && value.length > 0 && value.every(one.good)),
    schema: { anyOf: [one.schema, { type: "array", items: one.schema, minItems: 1 }] },
  };
};

export const texts = (maxLength: number): OptionCheck => ({
  allowed: "a list of texts",
  good: (value) => Array.isArray(value) && value.every(text(maxLength).good),
  schema: { type: "array", items: text(maxLength).schema },
});

/** An object of anybody's keys. */
export const record = (of: OptionCheck, allowed: string): OptionCheck => ({
  allowed,
  good: (value) => isRecord(value) && Object.entries(value).every(([key, one]) => key !== "" && of.good(one)),
  schema: { type: "object", additionalProperties: of.schema, propertyNames: { minLength: 1 } },
});

export const object = <T>(inner: OptionChecks<T>, required: readonly (keyof T & string)[] = []): OptionCheck => ({
  allowed: "an object",
  good: isRecord,
  schema: objectSchema(inner, required),
  inner,
  required,
});

/** A JSON schema of an object that has no other keys than these. */
export function objectSchema(inner: Readonly<Record<string, OptionCheck>>, required: readonly string[]): JsonSchema {
  const properties = Object.fromEntries(Object.entries(inner).map(([name, { schema }]) => [name, schema]));
  return { type: "object", properties, additionalProperties: false, ...(required.length > 0 ? { required } : {}) };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
