import type { MetricPoint } from "@giflab/metrics-core";
import { SqliteBackend } from "../../src/index.ts";

/** Every point of a store as text, sorted: what is in it, whatever its rows and ids are. */
export async function contentsOf(dbPath: string): Promise<string[]> {
  const store = new SqliteBackend({ dbPath, readonly: true });
  try {
    const found: string[] = [];
    for await (const point of store.points()) found.push(textOf(point));
    return found.sort();
  } finally {
    await store.close();
  }
}

function textOf({ instance, name, tags, timestamp, ...rest }: MetricPoint): string {
  return JSON.stringify([instance.writerId, name, tags, timestamp, rest]);
}
