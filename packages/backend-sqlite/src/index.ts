export { SqliteBackend } from "./sqlite-backend.ts";
export { type Durability, defaultDbPath, type SqliteOptions } from "./sqlite-options.ts";
