/** InfluxQL for a new database, whatever its name. */
export function createDatabaseStatement(name: string): string {
  return `CREATE DATABASE "${name.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
