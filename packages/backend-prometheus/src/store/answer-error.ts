import { MetricsError } from "@giflab/metrics-core";

/** Less has to be asked for at once: the reader does so where it can. Its code is `INVALID_QUERY`. */
export class AnswerTooLarge extends MetricsError {
  constructor(why: string, options?: ErrorOptions) {
    super(
      "INVALID_QUERY",
      `the answer is ${why}: ask for fewer metrics (--metric, --system, --service) or a shorter window`,
      options,
    );
  }
}

/** An answer that is no success. */
export interface FailedAnswer {
  readonly url: string;
  readonly status: number;
  /** Its content type. */
  readonly type: string;
  readonly text: string;
  /** The same as data; `undefined` when it is no JSON. */
  readonly answer: unknown;
}

const UNAVAILABLE = [408, 425, 429, 500, 502, 503, 504];
/** What servers say when a query is more than they allow: Prometheus, Thanos, Mimir and VictoriaMetrics, each in its words. */
const TOO_MUCH =
  /too many (samples|series|chunks|points)|max(imum)?[a-z ]*(samples|series|chunks)|exceed|limit|too large|cannot select more/i;

/** What an unsuccessful answer means, and what to do about it. */
export function errorOfAnswer({ url, status, type, text, answer }: FailedAnswer): MetricsError {
  const said = messageOf(answer) ?? "";
  if (status === 401 || status === 403) {
    return new MetricsError(
      "ACCESS_DENIED",
      `${url} denies access (${status}): give a token (GIFLAB_METRICS_TOKEN), or GIFLAB_METRICS_USERNAME and GIFLAB_METRICS_PASSWORD`,
    );
  }
  if (status === 413 || ([400, 422, 500, 503].includes(status) && TOO_MUCH.test(said))) {
    return new AnswerTooLarge(`more than ${url} allows (${said || status})`);
  }
  if (UNAVAILABLE.includes(status)) {
    return new MetricsError(
      "BACKEND_UNAVAILABLE",
      `${url} cannot answer now (${status}${said && `: ${said}`}): try again`,
    );
  }
  if (said !== "") return new MetricsError("INVALID_QUERY", `${url} refuses the query (${status}): ${said}`);
  if (status === 200 && type.includes("json") && answer === undefined) {
    return new MetricsError(
      "BACKEND_UNAVAILABLE",
      `the answer of ${url} is cut off or no JSON (${text.length} characters): try again, or look at what lies between`,
    );
  }
  return new MetricsError(
    "STORE_FOREIGN",
    `${url} does not speak the Prometheus API (it answers ${status}, ${type || "of no type"}): is the url right? ` +
      "It is what comes before /api/v1, such as http://127.0.0.1:9090, or http://host/prometheus of Mimir",
  );
}

/** What the server says of the failure: `error` of the API, or a short text. */
function messageOf(answer: unknown): string | undefined {
  if (typeof answer !== "object" || answer === null) return undefined;
  const { error } = answer as { readonly error?: unknown };
  return typeof error === "string" ? error.slice(0, 500) : undefined;
}

/** A request that got no answer. */
export function unreachable(url: string, error: unknown, timeoutSeconds: number | undefined): MetricsError {
  const { origin } = new URL(url);
  if (timeoutSeconds !== undefined) {
    return new MetricsError(
      "BACKEND_UNAVAILABLE",
      `${origin} did not answer within ${timeoutSeconds} s: try a shorter window, fewer metrics, or a longer timeoutSeconds`,
      { cause: error },
    );
  }
  const { cause } = error as { readonly cause?: { readonly code?: unknown; readonly message?: unknown } };
  const why = String(cause?.code ?? cause?.message ?? (error as { message?: unknown }).message ?? error);
  const advice = /CERT|SELF_SIGNED|SSL|TLS/.test(why)
    ? "is its certificate one that Node trusts? (NODE_EXTRA_CA_CERTS takes the file of another authority)"
    : "is it running, and is the url right?";
  return new MetricsError("BACKEND_UNAVAILABLE", `cannot reach ${origin} (${why}): ${advice}`, { cause: error });
}
