export { type BackupOptions, type BackupReport, backupStore } from "./backup-store.ts";
export { type CompactReport, compactStore, type StoreSize } from "./compact-store.ts";
export type { Finding } from "./findings.ts";
export { type MergedSource, type MergeOptions, type MergeReport, mergeStores } from "./merge-stores.ts";
export type { OperationOptions, OperationProgress } from "./operation-progress.ts";
export type { CheckedCounts } from "./verification.ts";
export { type VerifyReport, verifyStore } from "./verify-store.ts";
