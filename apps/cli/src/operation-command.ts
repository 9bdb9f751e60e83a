import type { OperationOptions, OperationProgress } from "@giflab/backend-sqlite/operations";
import { GiflabCommand, Progress } from "@giflab/cli-kit";
import { type SqliteStoreOptions, sqliteStoreOptions } from "@giflab/monitoring/store";
import { loadStoreSettings } from "./settings.ts";

/** Exit code after Ctrl-C, as shells have it. */
const INTERRUPTED = 130;

/** The base of the commands that work on the store's file itself. */
export abstract class OperationCommand extends GiflabCommand {
  /** The SQLite file that the configuration means, with the limits that somebody chose. */
  protected async configuredStore(): Promise<SqliteStoreOptions> {
    const config = await loadStoreSettings();
    this.trace(() => `configuration: ${config.file ?? "no file, defaults and environment"}`);
    const options = sqliteStoreOptions(config);
    this.trace(() => `store: ${options.dbPath}`);
    return options;
  }

  /**
   * Runs an operation with progress on stderr: a bar on a terminal, elsewhere a line per interval. Ctrl-C and SIGTERM break
   * it off at its next step; it then leaves the store as an operation that was not finished does, and the exit code is 130.
   */
  protected async operate<T>(label: string, work: (options: OperationOptions) => Promise<T>): Promise<T> {
    const breaking = new AbortController();
    const stop = (): void => breaking.abort(new Interrupted(`${label} was interrupted`));
    const phases = new PhaseProgress(label);
    process.once("SIGINT", stop).once("SIGTERM", stop);
    try {
      return await work({ signal: breaking.signal, onProgress: (progress) => phases.show(progress) });
    } finally {
      phases.end();
      process.off("SIGINT", stop).off("SIGTERM", stop);
    }
  }
}

/** Somebody pressed Ctrl-C: the exit code says so. */
class Interrupted extends Error {
  readonly exitCode = INTERRUPTED;

  constructor(message: string) {
    super(message);
    this.name = "CommandError";
  }
}

/** Progress of an operation with several phases, each of which counts from nothing. */
class PhaseProgress {
  readonly #label: string;
  #progress: Progress | undefined;
  #phase = "";

  constructor(label: string) {
    this.#label = label;
  }

  show({ phase, done, total, unit }: OperationProgress): void {
    if (this.#progress === undefined || phase !== this.#phase) {
      this.end();
      this.#phase = phase;
      this.#progress = new Progress({ label: `${this.#label}: ${phase}`, total, unit });
    }
    this.#progress.update(done);
  }

  end(): void {
    this.#progress?.clear();
    this.#progress = undefined;
  }
}
