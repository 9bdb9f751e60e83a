import { CommandError, Flags, suggestion } from "@giflab/cli-kit";
import type { MetricsReader, SeriesSelector } from "@giflab/metrics-core";

/** Everything, whatever its system. */
const ALL_SYSTEMS = "all";

/** `--system`: which group of metrics. */
export const systemFlag = () =>
  Flags.string({
    char: "s",
    default: ALL_SYSTEMS,
    helpValue: "NAME",
    summary: "Only one monitored system: any name the store has metrics of, such as frame.",
  });

/** `--metric`: which metrics by name. */
export const metricFlag = () =>
  Flags.string({
    char: "m",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "PATTERN",
    summary: "Only metrics of this name or pattern (cache.*); may be given several times.",
  });

/** `--service`: which program's. */
export const serviceFlag = () =>
  Flags.string({ helpValue: "NAME", summary: "Only processes of this service, when several share the store." });

/** `--tags`: every series by itself. */
export const tagsFlag = () =>
  Flags.boolean({ summary: "One row per tag set, as with --system and --metric, instead of one per metric." });

/** Whether a table is an overview: of everything, with the series of a metric merged over their tags. */
export function isOverview(flags: {
  readonly system?: string | undefined;
  readonly metric?: readonly string[] | undefined;
  readonly tags?: boolean | undefined;
}): boolean {
  return flags.tags !== true && (flags.system ?? ALL_SYSTEMS) === ALL_SYSTEMS && (flags.metric ?? []).length === 0;
}

/** The part of a query that these flags stand for. */
export function selectorOf(flags: {
  readonly system?: string | undefined;
  readonly metric?: readonly string[] | undefined;
  readonly service?: string | undefined;
}): SeriesSelector {
  const { system, metric, service } = flags;
  return {
    ...(system === undefined || system === ALL_SYSTEMS ? {} : { system }),
    ...(metric === undefined || metric.length === 0 ? {} : { match: metric }),
    ...(service === undefined ? {} : { service }),
  };
}

/** How far back from the newest data names are looked for: all of a large store would take long. */
const KNOWN_SECONDS = 86_400;
/** The same for a store that is asked over the network. */
const KNOWN_SECONDS_REMOTE = 3600;

/**
 * For a selection that found nothing: tells a name that the store has not heard of (in its last day of data, or hour where it
 * is `remote`) from one that was quiet.
 *
 * @throws CommandError naming the nearest systems, metrics or services for an unknown one
 */
export async function checkSelection(
  { store, remote }: { readonly store: MetricsReader; readonly remote: boolean },
  selector: SeriesSelector,
): Promise<void> {
  if (Object.keys(selector).length === 0) return;
  const { newest } = await store.stats();
  if (newest === undefined) return;
  const seconds = remote ? KNOWN_SECONDS_REMOTE : KNOWN_SECONDS;
  const known = await store.summaries({ from: newest - seconds, to: newest });
  const unknownName = (what: string, wanted: string, names: readonly string[]): CommandError =>
    unknown(what, wanted, names, remote ? "hour" : "day");
  const { system, service, match } = selector;
  if (system !== undefined) {
    const systems = new Set(known.map((summary) => summary.system).filter((name) => name !== undefined));
    if (!systems.has(system)) throw unknownName("system", system, [...systems, ALL_SYSTEMS]);
  }
  if (service !== undefined) {
    const services = new Set(known.flatMap((summary) => summary.services));
    if (!services.has(service)) throw unknownName("service", service, [...services]);
  }
  if (match !== undefined) {
    const names = new Set(known.map(({ name }) => name));
    for (const pattern of typeof match === "string" ? [match] : match) {
      if (!/[*?]/.test(pattern) && !names.has(pattern)) throw unknownName("metric", pattern, [...names]);
    }
  }
}

function unknown(what: string, wanted: string, known: readonly string[], last: string): CommandError {
  const near = suggestion(wanted, known);
  const listed = near === "" && known.length <= 20 ? ` The store knows ${[...known].sort().join(", ")}.` : near;
  const more = what === "metric" ? " giflab metrics list shows all." : "";
  return new CommandError(`unknown ${what} "${wanted}" in the last ${last} of data.${listed}${more}`);
}
