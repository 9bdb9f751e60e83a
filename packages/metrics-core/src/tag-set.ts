import type { Tags } from "./tags.ts";

const MAX_TAGS = 16;
const MAX_KEY_LENGTH = 64;
const MAX_VALUE_LENGTH = 256;

/** Tags without any pair. */
export const NO_TAGS: Tags = Object.freeze({});

/** The pairs sorted by key: the identity of a tag set, whatever order it was written in. */
export function sortedPairs(tags: Tags): [string, string][] {
  return Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
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
  let cut = false;
  const shorten = (text: string, limit: number): string => {
    if (text.length > limit) cut = true;
    return text.slice(0, limit).toWellFormed();
  };
  const pairs: [string, string][] = [];
  for (const key of Object.keys(input).sort()) {
    const value = input[key];
    if (value === undefined || value === null) continue;
    if (pairs.length === MAX_TAGS) {
      cut = true;
      break;
    }
    pairs.push([shorten(key, MAX_KEY_LENGTH), shorten(String(value), MAX_VALUE_LENGTH)]);
  }
  return { tags: Object.freeze(Object.fromEntries(pairs)), cut };
}
