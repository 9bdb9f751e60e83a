import { channel } from "node:diagnostics_channel";

/** What a lazy import says on the `node:diagnostics_channel` named `giflab:lazy-import`, once per load. */
export interface LazyImportMessage {
  readonly module: string;
  /** Time until the module was loaded, or had failed to load. */
  readonly seconds: number;
  /** Whether it failed and its fallback stands in. */
  readonly fallbackUsed: boolean;
}

const lazyImportChannel = channel("giflab:lazy-import");

/** Tells whoever listens. */
export function publishLazyImport(message: LazyImportMessage): void {
  if (lazyImportChannel.hasSubscribers) lazyImportChannel.publish(message);
}
