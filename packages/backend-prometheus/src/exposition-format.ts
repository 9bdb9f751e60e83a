/** The two texts that a scrape can get: OpenMetrics 1.0, and the older Prometheus text that everybody reads. */
export interface ExpositionFormat {
  readonly kind: "openmetrics" | "text";
  readonly contentType: string;
}

/** OpenMetrics 1.0: units, and an end marker that tells a cut answer from a whole one. */
export const OPENMETRICS: ExpositionFormat = {
  kind: "openmetrics",
  contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** Prometheus text 0.0.4. */
export const PROMETHEUS_TEXT: ExpositionFormat = {
  kind: "text",
  contentType: "text/plain; version=0.0.4; charset=utf-8",
};

const OPENMETRICS_VERSIONS: readonly (string | undefined)[] = [undefined, "0.0.1", "1.0.0"];
const TEXT_VERSIONS: readonly (string | undefined)[] = [undefined, "0.0.4"];

/**
 * Which text a client wants, from its `Accept` header. OpenMetrics goes only to those who name it and want it at least as
 * much as text, so a browser and `curl` see plain text. Who accepts neither gets text all the same: a scraper that reads
 * something unasked is of more use than one that reads an error.
 *
 * `application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5` gives OpenMetrics; the same with
 * `q=0.3` on its first part gives text.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  let openmetrics = 0;
  let text = 0;
  for (const range of (accept ?? "").split(",")) {
    const { type, version, quality } = parseRange(range);
    if (type === "application/openmetrics-text") {
      if (OPENMETRICS_VERSIONS.includes(version)) openmetrics = Math.max(openmetrics, quality);
    } else if (type === "text/plain" && TEXT_VERSIONS.includes(version)) text = Math.max(text, quality);
  }
  return openmetrics > 0 && openmetrics >= text ? OPENMETRICS : PROMETHEUS_TEXT;
}

/** True when an `Accept-Encoding` header allows gzip: named with a quality above 0, or by `*`. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  let any = 0;
  for (const coding of (acceptEncoding ?? "").split(",")) {
    const { type, quality } = parseRange(coding);
    if (type === "gzip" || type === "x-gzip") return quality > 0;
    if (type === "*") any = quality;
  }
  return any > 0;
}

interface AcceptedRange {
  readonly type: string;
  readonly version: string | undefined;
  /** 0 to 1; 1 when not given, 0 when it cannot be read. */
  readonly quality: number;
}

function parseRange(range: string): AcceptedRange {
  const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
  let version: string | undefined;
  let quality = 1;
  for (const parameter of parameters) {
    const [name = "", value = ""] = parameter.split("=").map((part) => part.trim());
    if (name === "version") version = value.replaceAll('"', "");
    // RFC 9110, section 12.4.2: 0 to 1 with at most three digits after the point.
    if (name === "q") quality = /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(value) ? Number(value) : 0;
  }
  return { type, version, quality };
}
