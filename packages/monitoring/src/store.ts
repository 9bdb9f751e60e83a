/**
 * What reading a store needs, without what recording and alerting load: half of the start-up time of a command that only
 * reads. The main entry exports the same.
 */
export type { MonitoringExtension } from "./extension.ts";
export { loadConfig, type ResolvedConfig } from "./load-config.ts";
export {
  type ChosenSource,
  chosenSource,
  type OpenSourceOptions,
  type OpenState,
  openSource,
  openSourceState,
} from "./open-source.ts";
export { type OpenStoreOptions, openStore } from "./open-store.ts";
export { shownConfigValue } from "./secret-values.ts";
export { type SqliteStoreOptions, sqliteStoreOptions } from "./sqlite-store-options.ts";
