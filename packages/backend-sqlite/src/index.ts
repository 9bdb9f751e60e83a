export { SqliteBackend } from "./sqlite-backend.ts";
export { type Durability, defaultDbPath, type SqliteOptions, type UpkeepPlace } from "./sqlite-options.ts";
