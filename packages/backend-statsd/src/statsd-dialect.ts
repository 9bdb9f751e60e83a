import type { SeriesDescriptor } from "@giflab/metrics-core";
import { safeText } from "./safe-text.ts";

/**
 * What a server understands:
 *
 * - `etsy`: the original and what imitates it (collectd, netdata, graphite's statsd). It has no tags, so they become part
 *   of the name: `cache.hits` with `tier: memory` is `cache.hits.tier--memory`. Histograms are sent as `|ms`, which is
 *   how such servers compute percentiles.
 * - `dogstatsd`: Datadog's agent and vector; tags as `|#tier:memory`, histograms as `|h`.
 * - `telegraf`: tags as in InfluxDB, `cache.hits,tier=memory`; histograms as `|h`.
 */
export type StatsdDialect = "etsy" | "dogstatsd" | "telegraf";

export const STATSD_DIALECTS: readonly StatsdDialect[] = ["etsy", "dogstatsd", "telegraf"];

/** How a dialect writes a line around its value. */
export interface DialectRules {
  /** A negative gauge value without this would be subtracted from the present one. */
  readonly signedGaugeIsDelta: boolean;
  readonly histogramType: "h" | "ms";
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
const DOGSTATSD_KEY = /[\s,:|#@]|\p{Cc}|\p{Cs}/gu;
const DOGSTATSD_VALUE = /[\s,|#@]|\p{Cc}|\p{Cs}/gu;
const TELEGRAF_TEXT = /[\s,=:|@]|\p{Cc}|\p{Cs}/gu;

const etsy: DialectRules = {
  signedGaugeIsDelta: true,
  histogramType: "ms",
  ends({ name, tags }, prefix) {
    const segments = Object.entries(tags).map(
      ([key, value]) => `.${safeText(key, SEGMENT)}--${safeText(value, SEGMENT)}`,
    );
    // A name that looks as if it carried tags is not one of ours with tags.
    const plain = name.includes("--") ? safeText(name, /[^A-Za-z0-9_.-]|-(?=-)/g) : safeText(name, NAME);
    return { head: prefix + plain + segments.join(""), tail: "" };
  },
};

const dogstatsd: DialectRules = {
  signedGaugeIsDelta: false,
  histogramType: "h",
  ends({ name, tags }, prefix) {
    const list = Object.entries(tags).map(
      ([key, value]) => `${safeText(key, DOGSTATSD_KEY)}:${value === "" ? "" : safeText(value, DOGSTATSD_VALUE)}`,
    );
    return { head: prefix + safeText(name, NAME), tail: list.length === 0 ? "" : `|#${list.join(",")}` };
  },
};

const telegraf: DialectRules = {
  signedGaugeIsDelta: true,
  histogramType: "h",
  ends({ name, tags }, prefix) {
    const list = Object.entries(tags).map(
      ([key, value]) => `,${safeText(key, TELEGRAF_TEXT)}=${safeText(value, TELEGRAF_TEXT)}`,
    );
    return { head: prefix + safeText(name, NAME) + list.join(""), tail: "" };
  },
};

export const DIALECT_RULES: Readonly<Record<StatsdDialect, DialectRules>> = { etsy, dogstatsd, telegraf };
