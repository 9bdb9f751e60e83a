import {
  DURATION_FORMS,
  type Duration,
  durationSeconds,
  globMatcher,
  isMetricsError,
  MetricsError,
  type StateStore,
  type Tags,
} from "@giflab/metrics-core";
import type { TagFilter } from "./alert-rule-options.ts";
import { SeriesFilter } from "./series-filter.ts";

/** A silence as it is asked for. */
export interface SilenceOptions {
  /** Name or glob of rules. */
  readonly rule: string;
  /** How long it lasts. */
  readonly for: Duration;
  /** Only alerts with these tags; as in a rule. */
  readonly tags?: TagFilter;
  readonly by?: string;
  readonly comment?: string;
}

/** Alerts of these rules are shown as silenced, count for no status and are told to nobody until it ends. */
export interface Silence {
  /** Eight hexadecimal digits: what removes it. */
  readonly id: string;
  readonly rule: string;
  readonly tags: TagFilter;
  /** Epoch seconds: `[from, until)`. */
  readonly from: number;
  readonly until: number;
  readonly by?: string;
  readonly comment?: string;
}

const PREFIX = "alert/silence/";
/** How long one that has ended lies there still: whoever looks a day later sees why it was quiet. */
const KEPT_SECONDS = 86_400;

/** Adds a silence that begins at `now`. Throws `INVALID_OPTION`, and the store's errors. */
export async function addSilence(store: StateStore, options: SilenceOptions, now: number): Promise<Silence> {
  const { rule, tags = {}, by, comment } = options;
  const seconds = durationSeconds(options.for) ?? 0;
  if (typeof rule !== "string" || rule === "") {
    throw new MetricsError("INVALID_OPTION", `rule of a silence must be a name or glob, got ${JSON.stringify(rule)}`);
  }
  if (!(seconds > 0)) {
    const got = JSON.stringify(options.for);
    throw new MetricsError("INVALID_OPTION", `for of a silence must be ${DURATION_FORMS}, more than 0, got ${got}`);
  }
  const silence: Silence = {
    // Loaded when it is needed: it takes 5 ms, a fifth of the start of a command.
    id: process.getBuiltinModule("node:crypto").randomBytes(4).toString("hex"),
    rule,
    tags,
    from: now,
    until: now + seconds,
    ...(by === undefined ? {} : { by }),
    ...(comment === undefined ? {} : { comment }),
  };
  await store.compareAndSet(PREFIX + silence.id, 0, JSON.stringify(silence));
  return silence;
}

/** Silences that hold at `now`, the first to end first. Those that ended a day ago are deleted. Throws the store's errors. */
export async function listSilences(store: StateStore, now: number): Promise<readonly Silence[]> {
  const silences: Silence[] = [];
  for (const { key, value, version } of await store.list(PREFIX)) {
    const silence = parse(value);
    if (silence !== undefined && silence.until > now) silences.push(silence);
    else if (silence === undefined || silence.until <= now - KEPT_SECONDS) {
      await store.compareAndSet(key, version, undefined).catch((error: unknown) => {
        // Who may only read leaves them to others.
        if (!isMetricsError(error)) throw error;
      });
    }
  }
  return silences.sort((a, b) => a.until - b.until);
}

/** Ends the silence with an id, or all silences of a rule (as it was written there). Resolves to those that ended. */
export async function removeSilences(store: StateStore, idOrRule: string, now: number): Promise<readonly Silence[]> {
  const chosen = (await listSilences(store, now)).filter(({ id, rule }) => id === idOrRule || rule === idOrRule);
  for (const { id } of chosen) {
    const entry = await store.get(PREFIX + id);
    if (entry !== undefined) await store.compareAndSet(entry.key, entry.version, undefined);
  }
  return chosen;
}

/** The silence that covers an alert, the one that lasts longest; `undefined` when none does. */
export function silenceOf(
  silences: readonly Silence[],
  alert: { readonly rule: string; readonly metric: string; readonly tags: Tags },
): Silence | undefined {
  return silences.findLast(
    ({ rule, tags }) => globMatcher(rule)(alert.rule) && new SeriesFilter({ tags }).takes(alert.metric, alert.tags),
  );
}

function parse(text: string): Silence | undefined {
  try {
    const value = JSON.parse(text) as Silence;
    const whole = typeof value.id === "string" && typeof value.rule === "string" && Number.isFinite(value.until);
    return whole ? { ...value, tags: value.tags ?? {} } : undefined;
  } catch {
    return undefined;
  }
}
