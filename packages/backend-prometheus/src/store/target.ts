import type { InstanceIdentity, InstanceState } from "@giflab/metrics-core";

/** Samples of a gauge that a process states of itself. */
export interface Stated {
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** A process that says of itself which one it is, and the scrapes that met it. */
export interface ScrapedProcess {
  readonly identity: InstanceIdentity;
  /** Rising, with no scrape of another process of the same target among them. */
  readonly times: readonly number[];
}

const NOTHING_STATED: Stated = { times: [], values: [] };
/** Until two samples say more: Prometheus' own default is a minute, most set less. */
const DEFAULT_INTERVAL_SECONDS = 60;
/** What computes its start anew for every scrape is not always exact. */
const START_TOLERANCE_SECONDS = 1;

/**
 * What was scraped at one address, or pushed under one set of labels. It is an instance as far as queries are concerned, unless
 * the processes that were scraped there one after the other say which they are: then each of them is.
 */
export class Target implements InstanceState {
  readonly identity: InstanceIdentity;
  /** Its labels: the tags of its series are those that are not among them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly closedAt: undefined = undefined;
  /** When it was scraped with success, rising; of what was pushed, when it has any sample. */
  readonly #seen: number[];
  readonly #pushed: boolean;
  readonly #starts: Stated;
  readonly #readFrom: number;
  readonly #processes: readonly InstanceState[];
  /** Which process each of `#starts` was stated by. */
  readonly #owners: readonly number[];
  #interval: number | undefined;

  /** @param scrapes `undefined` for what was pushed: then `note` says when it stated something. */
  constructor(options: {
    readonly identity: InstanceIdentity;
    readonly labels: Readonly<Record<string, string>>;
    readonly scrapes: readonly number[] | undefined;
    /** When the process says that it began, by time of the scrape; of `processes` it is known. */
    readonly starts?: Stated | undefined;
    readonly processes?: readonly ScrapedProcess[] | undefined;
    /** Nothing before this was read: a process that began earlier may have counted for any time before its first sample. */
    readonly readFrom: number;
  }) {
    this.identity = options.identity;
    this.labels = options.labels;
    this.#pushed = options.scrapes === undefined;
    this.#seen = [...(options.scrapes ?? [])];
    this.#readFrom = options.readFrom;
    const processes = options.processes ?? [];
    const meetings = processes
      .flatMap(({ times, identity }, owner) => times.map((time) => ({ time, owner, started: identity.startTime })))
      .sort((a, b) => a.time - b.time);
    this.#owners = meetings.map(({ owner }) => owner);
    const known = { times: meetings.map(({ time }) => time), values: meetings.map(({ started }) => started) };
    this.#starts = meetings.length > 0 ? known : (options.starts ?? NOTHING_STATED);
    this.#processes = processes.map((one, owner) => this.#stateOf(one, owner === this.#owners.at(-1)));
  }

  /** Every instance that was scraped here. */
  get instances(): readonly InstanceState[] {
    return this.#processes.length > 0 ? this.#processes : [this];
  }

  /** The instance that was scraped at `time`, or last before it. */
  instanceAt(time: number): InstanceState {
    if (this.#processes.length === 0) return this;
    const { times } = this.#starts;
    const place = firstAtLeast(times, time);
    const met = times[place] === time ? place : Math.max(0, place - 1);
    return this.#processes[this.#owners[met]!]!;
  }

  /** The usual distance of two scrapes: the median. */
  get flushIntervalSeconds(): number {
    this.#interval ??= median(this.#seen.slice(1).map((time, i) => time - this.#seen[i]!));
    return this.#interval ?? DEFAULT_INTERVAL_SECONDS;
  }

  get lastEnd(): number {
    return this.#seen.at(-1) ?? 0;
  }

  /** Takes in when a series of it has samples, for a target that nobody scrapes. */
  note(times: readonly number[]): void {
    if (!this.#pushed || times.length === 0) return;
    const known = new Set(this.#seen);
    const fresh = times.filter((time) => !known.has(time));
    if (fresh.length === 0) return;
    this.#seen.push(...fresh);
    this.#seen.sort((a, b) => a - b);
    this.#interval = undefined;
  }

  /** The last successful scrape before `time`; `undefined` when none is known. What was pushed was never asked. */
  scrapeBefore(time: number): number | undefined {
    if (this.#pushed) return undefined;
    const place = firstAtLeast(this.#seen, time);
    return place === 0 ? undefined : this.#seen[place - 1];
  }

  /**
   * The second successful scrape after `time`: a series without a sample up to it is not exposed any more. Not the first, as a
   * sample with a time of its own may be a little older than its scrape. `undefined` when there is none, or nobody scrapes.
   */
  secondScrapeAfter(time: number): number | undefined {
    if (this.#pushed) return undefined;
    const place = firstAtLeast(this.#seen, time);
    return this.#seen[place + (this.#seen[place] === time ? 2 : 1)];
  }

  /** When the process that was scraped at `time` says that it began; `undefined` when it does not say. */
  startAt(time: number): number | undefined {
    const { times, values } = this.#starts;
    const place = firstAtLeast(times, time);
    return times[place] === time && Number.isFinite(values[place]) ? values[place] : undefined;
  }

  /** Whether another process was scraped at `later` than at `earlier`, as far as they say. */
  restartedBetween(earlier: number, later: number): boolean {
    if (this.#processes.length > 0) return this.instanceAt(earlier) !== this.instanceAt(later);
    if (this.#starts.times.length === 0) return false;
    const [before, after] = [this.startAt(earlier), this.startAt(later)];
    return before !== undefined && after !== undefined && after > before + START_TOLERANCE_SECONDS;
  }

  /** Calls `cover` with each stretch that its scrapes cover and that ends after `from`. Of a new process it begins with that. */
  eachCovered(from: number, cover: (start: number, end: number) => void): void {
    for (let i = 0; i < this.#seen.length; i++) {
      const end = this.#seen[i]!;
      if (end <= from) continue;
      const before = this.#seen[i - 1];
      const began = this.startAt(end);
      if (before !== undefined) cover(Math.min(end, Math.max(before, began ?? before)), end);
      else if (this.freshAt(end) !== undefined) cover(began!, end);
    }
  }

  /** A process has ended when its address has another one; the last one lives as long as its target. */
  #stateOf({ identity, times }: ScrapedProcess, isLast: boolean): InstanceState {
    const { flushIntervalSeconds } = this;
    const lastEnd = times.at(-1) ?? 0;
    return { identity, flushIntervalSeconds, lastEnd, closedAt: isLast ? undefined : lastEnd };
  }

  /** When a process that is first seen at `time` began, if that is since what was read begins. */
  freshAt(time: number): number | undefined {
    const began = this.startAt(time);
    return began !== undefined && began >= this.#readFrom && began <= time ? began : undefined;
  }
}

function median(numbers: readonly number[]): number | undefined {
  if (numbers.length === 0) return undefined;
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

/** Place of the first of rising numbers that is at least `wanted`. */
function firstAtLeast(rising: readonly number[], wanted: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
