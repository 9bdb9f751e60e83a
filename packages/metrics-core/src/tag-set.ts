import type { Tags } from "./tags.ts";

const MAX_TAGS = 16;
const MAX_KEY_LENGTH = 64;
const MAX_VALUE_LENGTH = 256;

/** Tags without any pair. */
export const NO_TAGS: Tags = Object.freeze({});

/** The pairs sorted by key: the identity of a tag set, whatever order it was written in. */
export function sortedPairs(tags: Tags): [string, string][] {
  return Object.entries(tags).sort(byKey);
}

function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Text that is equal exactly for equal tag sets, for use as a map key. It quotes, so that `{a:"x,b=y"}` and
 * `{a:"x",b:"y"}` differ.
 */
export function tagSetKey(tags: Tags): string {
  return JSON.stringify(sortedPairs(tags));
}

/** Whether `tags` holds every pair of `wanted`. */
export function hasTags(tags: Tags, wanted: Tags | undefined): boolean {
  if (wanted === undefined) return true;
  for (const [key, value] of Object.entries(wanted)) {
    if (!Object.hasOwn(tags, key) || tags[key] !== value) return false;
  }
  return true;
}

/** What callers may pass as tags: values that are not strings are written out, `undefined` and `null` left out. */
export type TagInput = { readonly [key: string]: string | number | boolean | bigint | undefined | null };

/**
 * Tags as they are stored: sorted by key, values as well-formed text, bounded in number (16) and length (64 and 256).
 * `cut` says that something was shortened or left out.
 */
export function canonicalTags(input: TagInput): { readonly tags: Tags; readonly cut: boolean } {
  // Most are canonical as they come; a plain copy of them is 40 bytes where one made from pairs is 56.
  const copy: Record<string, TagInput[string]> = { ...input };
  // Handles are found by a plain `for in`, so what is inherited counts here too.
  for (const key in input) if (!Object.hasOwn(copy, key)) copy[key] = input[key];
  if (isCanonical(copy)) return { tags: Object.freeze(copy), cut: false };
  let cut = false;
  const shorten = (text: string, limit: number): string => {
    if (text.length > limit) cut = true;
    return text.slice(0, limit).toWellFormed();
  };
  const pairs: [string, string][] = [];
  for (const key of Object.keys(copy).sort()) {
    const value = copy[key];
    if (value === undefined || value === null) continue;
    if (pairs.length === MAX_TAGS) {
      cut = true;
      break;
    }
    pairs.push([shorten(key, MAX_KEY_LENGTH), shorten(String(value), MAX_VALUE_LENGTH)]);
  }
  // Once more: well-formed text may sort differently.
  return { tags: Object.freeze(Object.fromEntries(pairs.sort(byKey))), cut };
}

function isCanonical(tags: TagInput): tags is Tags {
  const keys = Object.keys(tags);
  if (keys.length > MAX_TAGS || Object.getOwnPropertySymbols(tags).length > 0) return false;
  return keys.every((key, i) => {
    const value = tags[key];
    return (
      (i === 0 || keys[i - 1]! < key) &&
      typeof value === "string" &&
      key.length <= MAX_KEY_LENGTH &&
      value.length <= MAX_VALUE_LENGTH &&
      key.isWellFormed() &&
      value.isWellFormed()
    );
  });
}
