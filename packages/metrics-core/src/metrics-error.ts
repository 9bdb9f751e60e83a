/** What went wrong, for code to branch on; messages are for people and may change. */
export type MetricsErrorCode =
  /** An option has a value that is not allowed; the message names option, value and what is allowed. */
  | "INVALID_OPTION"
  /** A metric is registered again with another kind, unit, merge or formula. */
  | "METRIC_CONFLICT"
  /** A metric name, tag or formula cannot be used as it is. */
  | "INVALID_METRIC"
  /** A query asks for something the reader cannot answer. */
  | "INVALID_QUERY"
  /** The store cannot be opened or reached now; trying later may help. */
  | "BACKEND_UNAVAILABLE"
  /** The store wants to know who asks, or does not let them. */
  | "ACCESS_DENIED"
  /** Somebody else holds the store's lock; the queue tries again soon. */
  | "BACKEND_BUSY"
  /** The store has no room: disk full or its size cap reached. */
  | "BACKEND_FULL"
  /** The file is not one of ours (or what answers at an address no such store), or is damaged. */
  | "STORE_FOREIGN"
  | "STORE_CORRUPT"
  /** The file was written by a newer version of this package; it is left untouched. */
  | "STORE_NEWER"
  /** A write on a store opened for reading only. */
  | "READ_ONLY"
  /** The snapshot can never be accepted: the queue drops and counts it instead of trying again. */
  | "REJECTED"
  /** Used after `close()`. */
  | "CLOSED"
  /** A backend package is not installed. */
  | "BACKEND_MISSING"
  /** A configuration file cannot be read or holds something that is not allowed. */
  | "INVALID_CONFIG";

/** The error of every GifLab monitoring package. Branch on `code`; show `message`, which says what to do. */
export class MetricsError extends Error {
  readonly code: MetricsErrorCode;

  constructor(code: MetricsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MetricsError";
    this.code = code;
  }
}

/** True for a MetricsError of any installed copy of this package, optionally of one code. */
export function isMetricsError(error: unknown, code?: MetricsErrorCode): error is MetricsError {
  return (
    error instanceof Error &&
    error.name === "MetricsError" &&
    typeof (error as { code?: unknown }).code === "string" &&
    (code === undefined || (error as { code?: unknown }).code === code)
  );
}
