import type { NamedDefinition, RecordedMetricDefinition } from "../metric-definition.ts";
import type { Tags } from "../tags.ts";

/** A line in the log of a thread. Positions are byte offsets in the shared memory. */
export type ThreadRecord =
  | readonly ["define", name: string, definition: RecordedMetricDefinition]
  | readonly ["derive", definition: NamedDefinition]
  | readonly ["scalar", name: string, tags: Tags, cell: number]
  | readonly ["distribution", name: string, tags: Tags, header: number, directory: number]
  | readonly ["slab", counts: number]
  | readonly ["warn", message: string];

/** Longer descriptions are cut: a line has to fit into a page. */
const MAX_DESCRIPTION = 2000;

/** One line of text. Numbers that JSON does not know, such as an infinite end of a range, are left out. */
export function writeRecord(record: ThreadRecord): string {
  return JSON.stringify(record, (key, value: unknown) => {
    if (typeof value === "number" && !Number.isFinite(value)) return undefined;
    return key === "description" && typeof value === "string" ? value.slice(0, MAX_DESCRIPTION) : value;
  });
}

export function readRecord(line: string): ThreadRecord {
  return JSON.parse(line) as ThreadRecord;
}
