import { GiflabCommand } from "@giflab/cli-kit";
import { type ReaderOptions, type ReaderSession, withReader } from "./reader-session.ts";
import { type StoreOptions, type StoreSession, withStore } from "./store-session.ts";

/** The base of the commands that read the store. */
export abstract class MetricsCommand extends GiflabCommand {
  /** Opens the configured store, hands it to `use` and closes it, whatever happens. */
  protected async withStore<T>(use: (session: StoreSession) => Promise<T>, options: StoreOptions = {}): Promise<T> {
    return await withStore(use, { ...options, trace: (message) => this.trace(message) });
  }

  /** The same for what is only read: the source that `--source` or the configuration names, or else the configured store. */
  protected async withReader<T>(use: (session: ReaderSession) => Promise<T>, options: ReaderOptions): Promise<T> {
    return await withReader(use, { ...options, trace: (message) => this.trace(message) });
  }

  /** Runs `work` and says with GIFLAB_LOG_LEVEL=DEBUG how long it took. */
  protected async timed<T>(what: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.trace(() => `${what}: ${(performance.now() - started).toFixed(1)} ms`);
    return result;
  }
}
