import type { Cluster } from "node:cluster";
import { isMainThread } from "node:worker_threads";

/** What this process is in a `node:cluster`: one that has not forked any may still do so. Worker threads take no part. */
export type ClusterRole =
  | { readonly kind: "primary" | "worker"; readonly cluster: Cluster }
  | { readonly kind: "none" };

const TAKEN = Symbol.for("giflab.prometheus-cluster/1");

/**
 * The role that a backend has on a channel, until `leaveCluster`. The second backend of a process on the same channel, also
 * one of another installed copy, has none: it would tell everything twice.
 */
export function joinCluster(channel: string): ClusterRole {
  if (!isMainThread || taken().has(channel)) return { kind: "none" };
  // Not imported above: only programs that are scraped need it.
  const cluster = process.getBuiltinModule("node:cluster") as unknown as Cluster;
  if (cluster.isWorker && process.send === undefined) return { kind: "none" };
  taken().add(channel);
  return { kind: cluster.isWorker ? "worker" : "primary", cluster };
}

export function leaveCluster(channel: string): void {
  taken().delete(channel);
}

function taken(): Set<string> {
  const holder = globalThis as { [TAKEN]?: Set<string> };
  holder[TAKEN] ??= new Set();
  return holder[TAKEN];
}
