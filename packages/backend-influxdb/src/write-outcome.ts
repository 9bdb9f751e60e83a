import { HttpError } from "@influxdata/influxdb-client";

/** What a failed request means for its lines. */
export type WriteFailure =
  /** The server has the others; `lines` are lost for good, `undefined` when the server does not say how many. */
  | { readonly kind: "partly-refused"; readonly lines: number | undefined; readonly message: string }
  /** None of the lines was stored, and the same request would be refused again. */
  | { readonly kind: "refused"; readonly message: string }
  /** InfluxDB 1 knows no such database, 2 and 3 no such bucket or organisation. */
  | { readonly kind: "no-database"; readonly message: string }
  | { readonly kind: "denied"; readonly message: string }
  /** What answers takes no lines at this address. */
  | { readonly kind: "no-such-api"; readonly message: string }
  /** Down, overloaded or unreachable: the same request may be accepted later. */
  | { readonly kind: "unavailable"; readonly message: string; readonly retryAfterSeconds: number | undefined };

const MAX_MESSAGE = 400;

/**
 * Reads the answer to a write that was not a success. `undefined` when the lines were accepted all the same: InfluxDB 1
 * Enterprise says that they wait for a node that is away.
 *
 * Statuses alone do not tell: InfluxDB 1 answers 400 when it has stored all lines but some, 404 for an unknown database
 * and 500 for an unknown retention policy.
 *
 * @param now epoch seconds, for a `Retry-After` that is a date.
 */
export function writeFailure(error: unknown, now: number): WriteFailure | undefined {
  if (!(error instanceof HttpError)) {
    return { kind: "unavailable", message: connectionMessage(error), retryAfterSeconds: undefined };
  }
  const { statusCode: status } = error;
  const message = serverMessage(error);
  if (/hinted handoff queue not empty/i.test(message)) return undefined;
  if (status === 401 || status === 403) return { kind: "denied", message };
  const partly = partlyRefused(error, message);
  if (partly !== undefined) return partly;
  if (status === 404 && /not found/i.test(message) && !/page not found/i.test(message)) {
    return { kind: "no-database", message };
  }
  if ([300, 301, 302, 303, 307, 308, 404, 405].includes(status) || status < 300)
    return { kind: "no-such-api", message };
  if ([400, 411, 413, 415, 422].includes(status)) return { kind: "refused", message };
  return { kind: "unavailable", message, retryAfterSeconds: retryAfter(error, now) };
}

/**
 * InfluxDB 1 and 2 count what they dropped at the end, `dropped=3`, except lines that they could not read, of which there
 * is one message each; 3 lists the lines. A cluster's bare "partial write" with a 500 says that some nodes lack the lines:
 * that one is to be tried again.
 */
function partlyRefused(error: HttpError, message: string): WriteFailure | undefined {
  if (!/partial write/i.test(message) || (error.statusCode >= 500 && !/dropped=\d/.test(message))) return undefined;
  const listed: unknown = (error.json as { data?: unknown } | undefined)?.data;
  const dropped = Number(/dropped=(\d+)/.exec(error.body ?? "")?.[1] ?? 0);
  const unread = error.body?.match(/unable to parse/g)?.length ?? 0;
  const lines = Array.isArray(listed) ? listed.length : dropped + unread;
  return { kind: "partly-refused", lines: lines > 0 ? lines : undefined, message };
}

function serverMessage(error: HttpError): string {
  const json = error.json as { error?: unknown; message?: unknown } | undefined;
  const said = [json?.error, json?.message, error.body].find((one) => typeof one === "string" && one.trim() !== "");
  const text = String(said ?? error.statusMessage ?? "")
    .replace(/\s+/g, " ")
    .trim();
  return `${error.statusCode} ${text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}...` : text}`.trim();
}

/** `Retry-After` in seconds or as a date. The client's own reading takes seconds for milliseconds. */
function retryAfter({ headers }: HttpError, now: number): number | undefined {
  const value = headers?.["retry-after"];
  if (typeof value !== "string") return undefined;
  const seconds = /^\d+$/.test(value.trim()) ? Number(value) : Date.parse(value) / 1000 - now;
  return seconds > 0 ? seconds : undefined;
}

function connectionMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A host name with several addresses fails with one error for each and no message of its own.
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return inner instanceof Error ? inner.message : error.message || error.name;
}
