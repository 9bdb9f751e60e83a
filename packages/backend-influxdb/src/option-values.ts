import { MetricsError, type Tags } from "@giflab/metrics-core";
import { BucketChoice, type BucketOptions } from "./bucket-choice.ts";
import { RESERVED_TAGS } from "./series-head.ts";

/** An address without its last slash. Throws `INVALID_OPTION`, as everything here. */
export function urlOption(value: string): string {
  const allowed = "url must be like http://127.0.0.1:8086 or https://host/path";
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  // There may be a password in what is no address.
  const shown = String(value).includes("@") ? "something with an @ in it" : JSON.stringify(value);
  if (url === undefined) throw invalidOption(`${allowed}, got ${shown}`);
  if (url.username !== "" || url.password !== "") {
    throw invalidOption("url must not hold a user or password: give username and password, or token");
  }
  if (!["http:", "https:"].includes(url.protocol) || url.search !== "" || url.hash !== "") {
    throw invalidOption(`${allowed}, got ${shown}`);
  }
  return url.href.replace(/\/$/, "");
}

/** Bounds by patterns of names. */
export function bucketsOption(value: BucketOptions): BucketChoice {
  const good =
    value === false ||
    (typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((bounds) => bounds === false || Array.isArray(bounds)));
  if (!good) {
    throw invalidOption(
      `buckets must be false or like { "http.*": [0.1, 0.5, 1], "gc.*": false }, got ${JSON.stringify(value)}`,
    );
  }
  return new BucketChoice(value);
}

/** Tags of every line. */
export function tagsOption(tags: Tags): Tags {
  const example = 'tags must be texts that are not empty, like { region: "eu" }';
  if (typeof tags !== "object" || tags === null || Array.isArray(tags)) {
    throw invalidOption(`${example}, got ${JSON.stringify(tags)}`);
  }
  for (const [key, value] of Object.entries(tags)) {
    if (key === "" || typeof value !== "string" || value === "") {
      throw invalidOption(`${example}, got ${JSON.stringify({ [key]: value })}`);
    }
    if (RESERVED_TAGS.has(key))
      throw invalidOption(`tags must not hold ${key}, which has a meaning of its own: rename it`);
  }
  return tags;
}

/** Text that is not empty, if any is given. */
export function textOption(option: string, value: string | undefined): string | undefined {
  if (value === undefined || (typeof value === "string" && value.trim() !== "")) return value;
  throw invalidOption(`${option} must be text that is not empty, got ${JSON.stringify(value)}`);
}

/** As `textOption`, without showing the value. */
export function secretOption(option: string, value: string | undefined): string | undefined {
  // A header would refuse it with an error that shows it.
  if (value === undefined || (typeof value === "string" && /^[\x20-\x7e\x80-\u{10ffff}]+$/u.test(value))) return value;
  throw invalidOption(`${option} must be text that is not empty, without line breaks`);
}

/** True or false, and nothing that merely counts as one. */
export function yesOrNoOption(option: string, value: boolean): boolean {
  if (typeof value === "boolean") return value;
  throw invalidOption(`${option} must be true or false, got ${JSON.stringify(value)}`);
}

/** A whole number in a range. */
export function wholeOption(option: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw invalidOption(`${option} must be a whole number from ${low} to ${high}, got ${JSON.stringify(value)}`);
}

/** The error of an option that cannot be used. */
export function invalidOption(message: string): MetricsError {
  return new MetricsError("INVALID_OPTION", message);
}
