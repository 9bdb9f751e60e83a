import { MetricsError, type NamedDefinition } from "@giflab/metrics-core";
import type { Connection } from "../connection.ts";

const METRICS = "SELECT name, kind, definition FROM metric ORDER BY id";
/** As many are named in the message. */
const NAMED = 5;

interface Meaning {
  readonly kind: string;
  readonly unit: string | undefined;
  readonly path: string;
}

/**
 * Throws `METRIC_CONFLICT` when a metric is of another kind or unit in one store than in another, as their points would be
 * added up. What one store has by itself, of two versions of a program, is no conflict with itself.
 */
export function checkConflicts(stores: readonly Connection[]): void {
  const known = new Map<string, Meaning[]>();
  const conflicts: string[] = [];
  for (const { path, ...meanings } of stores.map(meaningsOf)) {
    for (const [name, here] of meanings.byName) {
      const before = known.get(name);
      const other = here.find((one) => before?.every((two) => !alike(one, two)));
      if (before !== undefined && other !== undefined) {
        conflicts.push(`${name} is ${describe(before[0]!)} in ${before[0]!.path} and ${describe(other)} in ${path}`);
      }
      known.set(name, [...(before ?? []), ...here]);
    }
  }
  if (conflicts.length === 0) return;
  const more = conflicts.length > NAMED ? `; and ${conflicts.length - NAMED} more` : "";
  throw new MetricsError(
    "METRIC_CONFLICT",
    `nothing was merged: ${conflicts.slice(0, NAMED).join("; ")}${more}. Merge into a store of its own (--into FILE), or rename the metric in one program`,
  );
}

function meaningsOf(connection: Connection): {
  readonly path: string;
  readonly byName: ReadonlyMap<string, readonly Meaning[]>;
} {
  const { path } = connection;
  const rows = connection.statement(METRICS).all() as { name: string; kind: string; definition: string }[];
  const byName = new Map<string, Meaning[]>();
  for (const { name, kind, definition } of rows) {
    const { unit } = JSON.parse(definition) as NamedDefinition;
    const meanings = byName.get(name) ?? [];
    meanings.push({ kind, unit: kind === "derived" ? undefined : unit, path });
    byName.set(name, meanings);
  }
  return { path, byName };
}

function alike(a: Meaning, b: Meaning): boolean {
  return a.kind === b.kind && a.unit === b.unit;
}

function describe({ kind, unit }: Meaning): string {
  return unit === undefined ? `a ${kind}` : `a ${kind} in ${unit}`;
}
