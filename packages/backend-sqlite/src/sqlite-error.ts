import { isMetricsError, MetricsError, type MetricsErrorCode } from "@giflab/metrics-core";

const FILE_ERRORS: ReadonlySet<string> = new Set(["EROFS", "EACCES", "EPERM"]);

/** What SQLite or the file system said, as this package's error: the code to branch on, and what to do about it. */
export function asMetricsError(cause: unknown, dbPath: string): MetricsError {
  if (isMetricsError(cause)) return cause;
  const code = (cause as { code?: unknown } | undefined)?.code;
  const said = cause instanceof Error ? cause.message : String(cause);
  const [name, advice] = classify(typeof code === "string" ? code : "", said);
  return new MetricsError(name, `${dbPath} ${advice}`, { cause });
}

/** Whether SQLite noticed that the path leads to another file now, or to none. */
export function isMoved(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return code === "SQLITE_READONLY_DBMOVED" || code === "SQLITE_IOERR_FSTAT" || code === "SQLITE_IOERR_VNODE";
}

function classify(code: string, said: string): [MetricsErrorCode, string] {
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return ["BACKEND_BUSY", "is being written by somebody else just now"];
  // The index of the log is grown by other means than the database, and says so in its own way.
  if (code === "SQLITE_FULL" || code === "SQLITE_IOERR_SHMSIZE" || code === "ENOSPC" || code === "EDQUOT") {
    return ["BACKEND_FULL", "cannot grow: free some space on its disk, or raise maxSizeMb"];
  }
  if (code === "SQLITE_NOTADB") {
    return ["STORE_FOREIGN", "is not a SQLite database: move it away or set another dbPath"];
  }
  if (code.startsWith("SQLITE_CORRUPT") || (code === "SQLITE_ERROR" && /^no such (table|column)/.test(said))) {
    return ["STORE_CORRUPT", `is damaged (${said}): move it away, or recover it with sqlite3 ".recover"`];
  }
  if (code.startsWith("SQLITE_READONLY") || FILE_ERRORS.has(code)) {
    return [
      "BACKEND_UNAVAILABLE",
      `cannot be written (${said}): check the rights of file and folder, or set another dbPath`,
    ];
  }
  return [
    "BACKEND_UNAVAILABLE",
    `cannot be used (${said}): check that its folder exists and can be written, or set another dbPath`,
  ];
}
