import { type Stepwise, whenFree } from "../stepwise.ts";
import type { MergeSource } from "./merge-source.ts";
import type { MergeTarget } from "./merge-target.ts";

const DERIVED = "SELECT name, definition FROM metric WHERE kind = 'derived' ORDER BY id";
const ADD_DERIVED = `INSERT INTO metric (name, kind, definition) SELECT ?, 'derived', ?
  WHERE NOT EXISTS (SELECT 1 FROM metric WHERE name = ?)`;
const STATE = "SELECT key, value FROM state";
const ADD_STATE = `INSERT INTO state (key, value, version) VALUES (?, ?,
  1 + coalesce((SELECT value FROM settings WHERE key = 'stateVersion'), 0)) ON CONFLICT (key) DO NOTHING`;

/**
 * Brings over what is kept beside the points, in one transaction: derived metrics that the target does not have, and
 * documents of alerting whose keys it does not have. Of a source that shares instances with the target, which is one that
 * was merged before or a copy of it, no documents: those that the target lacks were deleted there.
 */
export function* mergeDocuments(source: MergeSource, target: MergeTarget): Stepwise<void> {
  const { derived, state, related } = yield* source.read(() => ({
    derived: source.connection.statement(DERIVED).all() as { name: string; definition: string }[],
    state: source.connection.statement(STATE).all() as { key: string; value: string }[],
    related: source.writers().some(({ writerId }) => target.idOf(writerId) !== undefined),
  }));
  const { connection } = target;
  yield* whenFree(connection, () => {
    for (const { name, definition } of derived) connection.statement(ADD_DERIVED).run(name, definition, name);
    if (related) return;
    for (const { key, value } of state) connection.statement(ADD_STATE).run(key, value);
  });
}
