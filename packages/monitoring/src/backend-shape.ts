import type { MetricsBackend, MetricsReader, MetricsStore, StateStore } from "@giflab/metrics-core";

function has(value: unknown, methods: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return methods.every((method) => typeof (value as Record<string, unknown>)[method] === "function");
}

/** Backends may come from another installed copy of their package, so their shape decides and not their class. */
export function isBackend(value: unknown): value is MetricsBackend {
  return has(value, ["write", "close"]) && typeof (value as { name?: unknown }).name === "string";
}

/** Whether queries can be asked of it. */
export function isSource(value: unknown): value is MetricsReader {
  return has(value, ["summaries", "series", "points", "stats", "close"]);
}

export function isReader(value: unknown): value is MetricsReader & StateStore {
  return has(value, ["summaries", "series", "points", "stats", "close", "get", "compareAndSet", "list"]);
}

export function isStore(value: unknown): value is MetricsStore & StateStore {
  return isReader(value) && has(value, ["clear", "prune"]);
}

/** Opens now instead of with the first use, where the backend can: to learn at once whether it works. */
export async function openEagerly(backend: unknown): Promise<void> {
  if (has(backend, ["open"])) await (backend as { open(): void | Promise<void> }).open();
}
