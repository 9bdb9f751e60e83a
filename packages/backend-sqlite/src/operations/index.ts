export { type BackupOptions, type BackupReport, backupStore } from "./backup-store.ts";
export { type CompactReport, compactStore, type StoreSize } from "./compact-store.ts";
export type { OperationOptions, OperationProgress } from "./operation-progress.ts";
