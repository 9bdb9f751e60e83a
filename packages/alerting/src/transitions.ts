import { isMetricsError, type StateStore, type Tags, tagSetKey } from "@giflab/metrics-core";

const PREFIX = "alert/state/";

/** What is remembered of a rule and series between evaluations. */
interface RememberedState {
  readonly state: "firing" | "resolved";
  readonly level?: "warning" | "critical";
  readonly since: number;
}

/** A rule and series that fires now. */
export interface FiringSeries {
  readonly rule: string;
  readonly metric: string;
  readonly tags: Tags;
  readonly level: "warning" | "critical";
}

/**
 * Compares what fires now with what is remembered, records what changed, and tells since when each has been firing.
 * Of several evaluators at once, the first to record a transition wins. `judgedRules` limits which alerts may resolve:
 * an evaluation of one rule says nothing of the others.
 */
export async function recordTransitions(
  state: StateStore | undefined,
  firing: readonly FiringSeries[],
  judgedRules: ReadonlySet<string>,
  now: number,
): Promise<{ readonly since: readonly number[]; readonly recorded: boolean }> {
  if (state === undefined) return { since: firing.map(() => now), recorded: false };
  const known = new Map((await state.list(PREFIX)).map((entry) => [entry.key, entry]));
  const since: number[] = [];
  let recorded = true;
  const record = async (key: string, next: RememberedState): Promise<void> => {
    try {
      await state.compareAndSet(key, known.get(key)?.version ?? 0, JSON.stringify(next));
    } catch (error) {
      if (!isMetricsError(error)) throw error;
      recorded = false;
    }
  };
  const firingKeys = new Set<string>();
  for (const one of firing) {
    const key = keyOf(one.rule, one.metric, one.tags);
    firingKeys.add(key);
    const before = parse(known.get(key)?.value);
    const start = before?.state === "firing" ? before.since : now;
    since.push(start);
    if (before?.state !== "firing" || before.level !== one.level) {
      await record(key, { state: "firing", level: one.level, since: start });
    }
  }
  for (const [key, entry] of known) {
    const rule = ruleOf(key);
    if (rule === undefined || firingKeys.has(key) || !judgedRules.has(rule)) continue;
    if (parse(entry.value)?.state !== "firing") continue;
    await record(key, { state: "resolved", since: now });
  }
  return { since, recorded };
}

function keyOf(rule: string, metric: string, tags: Tags): string {
  return PREFIX + JSON.stringify([rule, metric, tagSetKey(tags)]);
}

/** The rule of a key, `undefined` for one that we did not write. */
function ruleOf(key: string): string | undefined {
  const parts = json(key.slice(PREFIX.length));
  return Array.isArray(parts) && typeof parts[0] === "string" ? parts[0] : undefined;
}

/** What is remembered; a damaged entry counts as nothing and is written anew. */
function parse(text: string | undefined): RememberedState | undefined {
  const value = text === undefined ? undefined : json(text);
  const { state, since } = (typeof value === "object" && value !== null ? value : {}) as Partial<RememberedState>;
  if ((state !== "firing" && state !== "resolved") || typeof since !== "number") return undefined;
  return value as RememberedState;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
