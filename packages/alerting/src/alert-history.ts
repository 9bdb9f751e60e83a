import type { StateStore } from "@giflab/metrics-core";
import type { Transition } from "./step-rule.ts";

const PREFIX = "alert/history/";
/** Transitions that are kept of each rule, the oldest go first. */
const MAX_TRANSITIONS = 200;
const ATTEMPTS = 5;

export interface HistoryQuery {
  /** Only of this rule. */
  readonly rule?: string;
  /** Epoch seconds: `(from, to]`. */
  readonly from?: number;
  readonly to?: number;
}

/** Adds transitions of one rule to its history. Throws the store's errors. */
export async function appendHistory(store: StateStore, rule: string, added: readonly Transition[]): Promise<void> {
  if (added.length === 0) return;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const entry = await store.get(PREFIX + rule);
    const history = [...parse(entry?.value), ...added].slice(-MAX_TRANSITIONS);
    if ((await store.compareAndSet(PREFIX + rule, entry?.version ?? 0, JSON.stringify(history))) !== undefined) return;
  }
}

/**
 * Transitions that evaluations of any process have recorded, the oldest first: of each rule the last 200. Throws the
 * store's errors.
 */
export async function readHistory(store: StateStore, query: HistoryQuery = {}): Promise<readonly Transition[]> {
  const { rule, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = query;
  const one = rule === undefined ? undefined : await store.get(PREFIX + rule);
  const entries = rule === undefined ? await store.list(PREFIX) : one === undefined ? [] : [one];
  return entries
    .flatMap((entry) => parse(entry.value))
    .filter(({ at }) => at > from && at <= to)
    .sort((a, b) => a.at - b.at);
}

/** A damaged history counts as none. */
function parse(text: string | undefined): readonly Transition[] {
  if (text === undefined) return [];
  try {
    const value = JSON.parse(text) as readonly Transition[];
    return Array.isArray(value) && value.every((one) => Number.isFinite(one?.at)) ? value : [];
  } catch {
    return [];
  }
}
