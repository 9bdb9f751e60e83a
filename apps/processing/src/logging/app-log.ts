import { resolve } from "node:path";
import { type Logger, pino, stdTimeFunctions } from "pino";
import { RotatingFile } from "./rotating-file.ts";

const DEFAULT_PATH = "logs/giflab.log";
const MAX_BYTES = 10 * 2 ** 20;
const KEEP = 5;

/** What `GIFLAB_LOG_LEVEL` may say (in any case), and pino's name for it. */
const LEVELS: ReadonlyMap<string, string> = new Map([
  ["TRACE", "trace"],
  ["DEBUG", "debug"],
  ["INFO", "info"],
  ["WARN", "warn"],
  ["WARNING", "warn"],
  ["ERROR", "error"],
  ["FATAL", "fatal"],
  ["CRITICAL", "fatal"],
  ["SILENT", "silent"],
]);

export interface AppLogOptions {
  /** Default `logs/giflab.log` under the working directory. */
  readonly path?: string;
  /** Default: `GIFLAB_LOG_LEVEL`, else INFO. */
  readonly level?: string;
  /** Told, once each, that the level is unknown or the log cannot be written. Default: a line on stderr. */
  readonly onWarning?: (message: string) => void;
}

/** The application's log: one JSON object a line, `time` in ISO 8601. */
export interface AppLog {
  readonly logger: Logger;
  /** Closes the file. Lines are written as they come, so there is nothing to wait for. */
  close(): void;
}

/**
 * Opens the application log, rotated at 10 MB with five older files kept (`giflab.log.1` is the newest of them).
 * A log that cannot be written is reported once and then left alone: it never fails the work it tells about.
 */
export function openAppLog(options: AppLogOptions = {}): AppLog {
  const { path = DEFAULT_PATH, onWarning = (message: string) => process.stderr.write(`${message}\n`) } = options;
  const wanted = options.level ?? process.env["GIFLAB_LOG_LEVEL"] ?? "INFO";
  const level = LEVELS.get(wanted.trim().toUpperCase());
  if (level === undefined) {
    onWarning(`unknown log level "${wanted}": INFO is used (${[...LEVELS.keys()].join(", ")} are known)`);
  }
  const file = new RotatingFile({
    path: resolve(path),
    maxBytes: MAX_BYTES,
    keep: KEEP,
    onError: (error) => onWarning(`no log is kept: ${path} cannot be written (${error.message})`),
  });
  const logger = pino(
    {
      level: level ?? "info",
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    file,
  );
  return { logger, close: () => file.close() };
}
