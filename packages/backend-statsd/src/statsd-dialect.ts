import type { SeriesDescriptor } from "@giflab/metrics-core";
import { safeText } from "./safe-text.ts";

/**
 * What a server understands:
 *
 * - `etsy`: the original and what imitates it (collectd, netdata). It has no tags, so they become part of the name:
 *   `cache.hits` with `tier: memory` is `cache.hits.tier--memory`. Histograms are sent as `|ms`, which is how such servers
 *   compute percentiles.
 * - `graphite`: the original before a Graphite with tags: `cache.hits;tier=memory`; otherwise as `etsy`.
 * - `dogstatsd`: Datadog's agent and vector; tags as `|#tier:memory`, histograms as `|h`.
 * - `influx`: Telegraf and statsd_exporter; tags as in InfluxDB, `cache.hits,tier=memory`, histograms as `|h`.
 */
export type StatsdDialect = "etsy" | "graphite" | "dogstatsd" | "influx";

export const STATSD_DIALECTS: readonly StatsdDialect[] = ["etsy", "graphite", "dogstatsd", "influx"];

/** How a dialect writes a line around its value. */
export interface DialectRules {
  /** A negative gauge value without this would be subtracted from the present one. */
  readonly signedGaugeIsDelta: boolean;
  readonly histogramType: "h" | "ms";
  /** Whether the server refuses values of `|ms` below zero. */
  readonly msIsUnsigned: boolean;
  /** What comes before `:value|type` and what comes at the very end of a line. */
  ends(series: SeriesDescriptor, prefix: string): LineEnds;
}

export interface LineEnds {
  readonly head: string;
  readonly tail: string;
}

const NAME = /[^A-Za-z0-9_.-]/g;
/** Without dots, which separate path segments, and without two hyphens, which separate a tag's name and value. */
const SEGMENT = /[^A-Za-z0-9_-]|^-|-$|-(?=-)/g;
/** `name` is the tag in which Graphite itself keeps the name. */
const GRAPHITE_KEY = /[^A-Za-z0-9_.-]|^(?=name$)/g;
const DOGSTATSD_KEY = /[\s,:|#@]|\p{Cc}|\p{Cs}/gu;
const DOGSTATSD_VALUE = /[\s,|#@]|\p{Cc}|\p{Cs}/gu;
const INFLUX_TEXT = /[\s,=:|@]|\p{Cc}|\p{Cs}/gu;

const etsy: DialectRules = {
  signedGaugeIsDelta: true,
  histogramType: "ms",
  msIsUnsigned: true,
  ends({ name, tags }, prefix) {
    const segments = Object.entries(tags).map(
      ([key, value]) => `.${safeText(key, SEGMENT)}--${safeText(value, SEGMENT)}`,
    );
    // A name that looks as if it carried tags is not one of ours with tags.
    const plain = name.includes("--") ? safeText(name, /[^A-Za-z0-9_.-]|-(?=-)/g) : safeText(name, NAME);
    return { head: prefix + plain + segments.join(""), tail: "" };
  },
};

const graphite: DialectRules = {
  signedGaugeIsDelta: true,
  histogramType: "ms",
  msIsUnsigned: true,
  ends({ name, tags }, prefix) {
    const list = Object.entries(tags).map(([key, value]) => `;${safeText(key, GRAPHITE_KEY)}=${safeText(value, NAME)}`);
    return { head: prefix + safeText(name, NAME) + list.join(""), tail: "" };
  },
};

const dogstatsd: DialectRules = {
  signedGaugeIsDelta: false,
  histogramType: "h",
  msIsUnsigned: false,
  ends({ name, tags }, prefix) {
    const list = Object.entries(tags).map(
      ([key, value]) => `${safeText(key, DOGSTATSD_KEY)}:${value === "" ? "" : safeText(value, DOGSTATSD_VALUE)}`,
    );
    return { head: prefix + safeText(name, NAME), tail: list.length === 0 ? "" : `|#${list.join(",")}` };
  },
};

const influx: DialectRules = {
  signedGaugeIsDelta: true,
  histogramType: "h",
  msIsUnsigned: false,
  ends({ name, tags }, prefix) {
    const list = Object.entries(tags).map(
      ([key, value]) => `,${safeText(key, INFLUX_TEXT)}=${safeText(value, INFLUX_TEXT)}`,
    );
    return { head: prefix + safeText(name, NAME) + list.join(""), tail: "" };
  },
};

export const DIALECT_RULES: Readonly<Record<StatsdDialect, DialectRules>> = { etsy, graphite, dogstatsd, influx };
