import { canonicalTags, type InstanceIdentity, type Tags } from "@giflab/metrics-core";
import { INSTANCE_INFO, instanceInfoFromLabels } from "@giflab/metrics-core/exposition";
import type { PrometheusApi } from "./http-api.ts";
import { fetchRaw, type RawSeries, type SampleBudget } from "./raw-series.ts";
import { seriesSelector } from "./series-selector.ts";
import { type ScrapedProcess, Target } from "./target.ts";

/** Prometheus writes it itself: 1 for every scrape that succeeded. */
const UP = "up";
/** What every client library exposes. */
const PROCESS_START = "process_start_time_seconds";
type Labels = Readonly<Record<string, string>>;

/** Everything that was scraped or pushed in a window, by the labels of its series. */
export class Targets {
  readonly #readFrom: number;
  readonly #known = new Map<string, Target[]>();

  private constructor(readFrom: number) {
    this.#readFrom = readFrom;
  }

  /** Reads who was scraped when in `(from, to]`, and which processes that were. */
  static async read(
    api: PrometheusApi,
    { labels, ...window }: { from: number; to: number; budget: SampleBudget; labels: Labels },
  ): Promise<Targets> {
    const stated = await fetchRaw(api, seriesSelector([UP, INSTANCE_INFO, PROCESS_START], labels), window);
    const targets = new Targets(window.from);
    const scraped = stated.filter(({ name }) => name === UP);
    const names = uniqueNames(scraped.map((series) => series.labels));
    const sayings = Map.groupBy(stated, ({ name, labels: of }) => (name === UP ? "" : keyOf(of)));
    for (const [place, { labels, times, values }] of scraped.entries()) {
      const scrapes = times.filter((_, i) => values[i] === 1);
      if (scrapes.length === 0) continue;
      const mine = (sayings.get(keyOf(labels)) ?? []).filter(({ labels: of }) => includes(of, labels));
      const infos = mine.filter(({ name }) => name === INSTANCE_INFO);
      const processes = processesOf(infos);
      const starts = infos.length > 0 ? undefined : mine.find(({ name }) => name === PROCESS_START);
      const identity = identityOf(names[place]!, labels, infos);
      targets.#add(new Target({ identity, labels, scrapes, starts, processes, readFrom: window.from }));
    }
    return targets;
  }

  get all(): readonly Target[] {
    return [...this.#known.values()].flat();
  }

  /** Whose series this is; one that nobody scrapes is made up from its `job` and `instance`. */
  of(labels: Labels): Target {
    const candidates = this.#known.get(keyOf(labels)) ?? [];
    let found: Target | undefined;
    for (const target of candidates) {
      if (!includes(labels, target.labels)) continue;
      if (found === undefined || Object.keys(target.labels).length > Object.keys(found.labels).length) found = target;
    }
    if (found !== undefined) return found;
    const { job, instance } = labels;
    const own = { ...(job === undefined ? {} : { job }), ...(instance === undefined ? {} : { instance }) };
    const identity = identityOf(nameOf(own), own, []);
    const made = new Target({ identity, labels: own, scrapes: undefined, readFrom: this.#readFrom });
    this.#add(made);
    return made;
  }

  #add(target: Target): void {
    const key = keyOf(target.labels);
    this.#known.set(key, [...(this.#known.get(key) ?? []), target]);
  }
}

/** The tags of a series: its labels without those of its target. */
export function tagsOf(labels: Labels, target: Target, without: readonly string[] = []): Tags {
  const own = Object.entries(labels).filter(
    ([label]) =>
      !Object.hasOwn(target.labels, label) && label !== "job" && label !== "instance" && !without.includes(label),
  );
  return canonicalTags(Object.fromEntries(own)).tags;
}

function keyOf({ job = "", instance = "" }: Labels): string {
  return `${job}\0${instance}`;
}

function includes(labels: Labels, wanted: Labels): boolean {
  for (const label in wanted) if (labels[label] !== wanted[label]) return false;
  return true;
}

function nameOf({ job = "", instance = "" }: Labels): string {
  return [job, instance].filter((part) => part !== "").join("/") || "(no instance)";
}

/** `job/instance`, with the further labels of the targets that share them. */
function uniqueNames(targets: readonly Labels[]): readonly string[] {
  const sharing = Map.groupBy(targets, nameOf);
  return targets.map((labels) => {
    const name = nameOf(labels);
    if (sharing.get(name)!.length === 1) return name;
    const { job: _job, instance: _instance, ...others } = labels;
    const pairs = Object.entries(others).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    return `${name}{${pairs.sort().join(",")}}`;
  });
}

/** What a target says of itself; without that, `job` is the service and `instance` says the host. */
function identityOf(
  name: string,
  { job = "prometheus", instance = "" }: Labels,
  infos: readonly RawSeries[],
): InstanceIdentity {
  const latest = infos.toSorted((a, b) => (b.times.at(-1) ?? 0) - (a.times.at(-1) ?? 0))[0];
  const said = latest === undefined ? undefined : instanceInfoFromLabels(latest.labels);
  if (said !== undefined) return { ...said, writerId: name };
  const host = instance.replace(/:\d+$/, "");
  return { service: job, version: "", host, pid: 0, thread: 0, startTime: 0, writerId: name };
}

/** The processes of a target that was scraped as one after the other; `undefined` where several are behind one address. */
function processesOf(infos: readonly RawSeries[]): readonly ScrapedProcess[] | undefined {
  const processes = infos.flatMap(({ labels, times }) => {
    const identity = instanceInfoFromLabels(labels);
    return identity === undefined ? [] : [{ identity, times }];
  });
  const met = processes.flatMap(({ times }) => times);
  return new Set(met).size === met.length ? processes : undefined;
}
