import type { StateEntry, StateStore } from "@giflab/metrics-core";
import type { NotifiedAlert } from "./notification.ts";

const PREFIX = "alert/notified/";

/** What a notifier has told of a group, by any process. */
export interface SentGroup {
  readonly groupLabels: Readonly<Record<string, string>>;
  /** Epoch seconds of the last notification. */
  readonly at: number;
  /** What it said that fires. */
  readonly firing: readonly NotifiedAlert[];
  /** Somebody is at it until then: epoch seconds. */
  readonly claimedUntil?: number;
}

/** A group with the version that it has in the store: 0 for one that was never told of. */
export interface KnownGroup {
  readonly sent: SentGroup;
  readonly version: number;
}

/** Every group that a notifier has told of and that is not over, by its key. Throws the store's errors. */
export async function sentGroups(store: StateStore, notifier: string): Promise<Map<string, KnownGroup>> {
  const prefix = `${PREFIX}${encodeURIComponent(notifier)}/`;
  const entries = await store.list(prefix);
  return new Map(
    entries.flatMap((entry): [string, KnownGroup][] => {
      const sent = parse(entry);
      return sent === undefined ? [] : [[entry.key.slice(prefix.length), { sent, version: entry.version }]];
    }),
  );
}

/** Writes what is known of a group, or removes it; resolves to the new version, to `undefined` when somebody was faster. */
export async function saveGroup(
  store: StateStore,
  notifier: string,
  groupKey: string,
  version: number,
  sent: SentGroup | undefined,
): Promise<number | undefined> {
  const key = `${PREFIX}${encodeURIComponent(notifier)}/${groupKey}`;
  return await store.compareAndSet(key, version, sent === undefined ? undefined : JSON.stringify(sent));
}

/** A damaged entry counts as one that was never told of. */
function parse({ value }: StateEntry): SentGroup | undefined {
  try {
    const sent = JSON.parse(value) as SentGroup;
    const sound =
      Number.isFinite(sent.at) &&
      Array.isArray(sent.firing) &&
      sent.firing.every(({ labels }) => typeof labels === "object");
    return sound ? sent : undefined;
  } catch {
    return undefined;
  }
}
