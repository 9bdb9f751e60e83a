import type { InstanceIdentity, Tags } from "@giflab/metrics-core";
import { measurementText, tagText } from "./line-text.ts";

/** Tags that say who wrote a line; none with an empty value. */
export type WriterTags = Readonly<Record<string, string>>;

/** The beginning of a series' lines, up to the space before the fields. */
export interface SeriesHead {
  readonly plain: string;
  /** The line of a bucket begins `${beforeLe}${tagText(le)}${afterLe}`. */
  readonly beforeLe: string;
  readonly afterLe: string;
}

/** Names of the fields that are written: a tag of the same name would make queries ambiguous. */
const FIELDS = [
  ...["value", "delta", "total", "count", "sum", "min", "max", "flush_p50", "flush_p95", "flush_p99"],
  ...["bucket", "bucket_below", "bucket_of", "bound", "lower"],
];
const WRITER_TAGS = ["service", "host", "instance"];
/** Tags that servers keep for themselves. */
const SERVER_TAGS = ["time", "_time", "_field", "_measurement", "_start", "_stop", "_value"];

/** Tag keys that a metric's own tags and the configured ones must leave free. */
export const RESERVED_TAGS: ReadonlySet<string> = new Set([...WRITER_TAGS, "le", ...FIELDS, ...SERVER_TAGS]);

/** The tags of an instance, and those that are configured for all lines. */
export function writerTags(instance: InstanceIdentity, name: string, tags: Tags): WriterTags {
  const all = { ...tags, service: instance.service, host: instance.host, instance: name };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}

/**
 * Measurement and tags of a metric's series. A metric's tag that is called like one of ours, like a field or like
 * something that servers keep for themselves gets `tag_` before it: `service` is `tag_service`. Where a metric has a tag
 * that is configured for all lines too, the metric's holds.
 *
 * Tags are sorted by their keys, which is how servers store them and what spares them the work.
 */
export function seriesHead(name: string, tags: Tags, writer: WriterTags): SeriesHead {
  const pairs = [...Object.entries({ ...writer, ...freeTags(tags) }), ["le", ""] as const].sort(([a], [b]) =>
    a < b ? -1 : a > b ? 1 : 0,
  );
  const place = pairs.findIndex(([key]) => key === "le");
  const before = measurementText(name) + pairs.slice(0, place).map(tagPair).join("");
  const after = pairs
    .slice(place + 1)
    .map(tagPair)
    .join("");
  return { plain: before + after, beforeLe: `${before},le=`, afterLe: after };
}

function freeTags(tags: Tags): Tags {
  const free: [string, string][] = [];
  for (const [key, value] of Object.entries(tags)) {
    let other = key;
    while (other !== key ? Object.hasOwn(tags, other) : RESERVED_TAGS.has(other)) other = `tag_${other}`;
    free.push([other, value]);
  }
  return Object.fromEntries(free);
}

function tagPair([key, value]: readonly [string, string]): string {
  return `,${tagText(key)}=${tagText(value)}`;
}
