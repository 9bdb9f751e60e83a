import { isMetricsError, MetricsError } from "@giflab/metrics-core";

/** What SQLite said, as this package's error: the code to branch on, and what to do about it. */
export function asMetricsError(cause: unknown, dbPath: string): MetricsError {
  if (isMetricsError(cause)) return cause;
  const code = (cause as { code?: unknown })?.code;
  const said = cause instanceof Error ? cause.message : String(cause);
  const sqlite = typeof code === "string" ? code : "";
  const error = (name: ConstructorParameters<typeof MetricsError>[0], message: string): MetricsError =>
    new MetricsError(name, message, { cause });
  if (sqlite.startsWith("SQLITE_BUSY") || sqlite.startsWith("SQLITE_LOCKED")) {
    return error("BACKEND_BUSY", `${dbPath} is being written by somebody else just now`);
  }
  if (sqlite === "SQLITE_FULL" || code === "ENOSPC")
    return error("BACKEND_FULL", `${dbPath}: the disk is full: free some space`);
  if (sqlite.startsWith("SQLITE_NOTADB"))
    return error("STORE_FOREIGN", `${dbPath} is not a SQLite database: move it away or set another dbPath`);
  if (sqlite.startsWith("SQLITE_CORRUPT"))
    return error(
      "STORE_CORRUPT",
      `${dbPath} is damaged (${said}): move it away, or recover it with sqlite3 ".recover"`,
    );
  if (sqlite.startsWith("SQLITE_READONLY") || code === "EROFS" || code === "EACCES" || code === "EPERM") {
    return error(
      "BACKEND_UNAVAILABLE",
      `${dbPath} cannot be written (${said}): check the permissions of the file and its folder, or set another dbPath`,
    );
  }
  return error(
    "BACKEND_UNAVAILABLE",
    `${dbPath} cannot be used (${said}): check that its folder exists and is writable, or set another dbPath`,
  );
}
