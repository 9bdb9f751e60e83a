import {
  COMPARED_STATISTICS,
  type ComparedStatistic,
  compareMetrics,
  ExportFileError,
  type ExportHeading,
  readExport,
  UnitCollector,
  type UnitKind,
} from "@giflab/alerting";
import { Args, CommandError, Flags, formatDuration, Progress, parseTime, suggestion } from "@giflab/cli-kit";
import { definitionsOf, globMatcher, type NamedDefinition } from "@giflab/metrics-core";
import { githubAnnotations } from "../../ci/github.ts";
import { junitReport } from "../../ci/junit.ts";
import {
  type ComparisonReport,
  comparisonFindings,
  comparisonLines,
  comparisonMarkdown,
  comparisonReport,
} from "../../comparison-report.ts";
import { MetricsCommand } from "../../metrics-command.ts";
import { type ReaderOptions, sourceFlags } from "../../reader-session.ts";
import { metricFlag, serviceFlag } from "../../selection.ts";
import { parseShare } from "../../share.ts";
import { paintStdout } from "../../status-table.ts";
import { checkOrder, formatTime, type TimeWindow } from "../../time-window.ts";

/** Exit codes by status. */
const EXIT_CODES = { ok: 0, worse: 1, inconclusive: 3 } as const;

/** One side: what was collected between two times, and what is known of the metrics. */
interface Side {
  readonly units: UnitCollector;
  readonly definitions: readonly NamedDefinition[];
  readonly window: TimeWindow & { readonly source: string };
}

export class MetricsCompare extends MetricsCommand {
  static override summary = "Whether metrics are worse than in a baseline, with intervals and a verdict for CI.";
  static override description =
    "The baseline is what `metrics export -o FILE` wrote; it is compared with the store since the baseline ended, or with " +
    "another export. A metric is worse when its estimated change exceeds the threshold and its 95 % interval excludes 0. " +
    "What is compared are runs (processes) or flush windows, never single calls; fewer than 8 of them are inconclusive. " +
    "Timers are better when lower, metrics with a normal range as it says; of others only the change is told.\n" +
    "Exit code 0: not worse, 1: worse, 2: an error, 3: inconclusive, or nothing to compare.";
  static override examples = [
    "<%= config.bin %> metrics compare baseline.json",
    "<%= config.bin %> metrics compare before.json --with after.json --threshold 5% --format markdown",
    "<%= config.bin %> metrics compare baseline.json --metric 'http.*' --statistic p95 --format junit > compare.xml",
  ];
  static override enableJsonFlag = true;
  static override args = { BASELINE: Args.string({ required: true, description: "An export of earlier metrics." }) };
  static override flags = {
    with: Flags.string({
      helpValue: "FILE",
      summary: "Compare with this export instead of the store.",
      exclusive: ["start", "end", "source", "url"],
    }),
    start: Flags.string({ helpValue: "TIME", summary: "Begin here; by default where the baseline ended." }),
    end: Flags.string({ helpValue: "TIME", summary: "End here; now by default." }),
    threshold: Flags.string({
      char: "t",
      default: "10%",
      helpValue: "SHARE",
      summary: "The smallest change that matters: 10% or 0.1.",
    }),
    statistic: Flags.string({
      options: [...COMPARED_STATISTICS],
      default: "mean",
      summary: "Of timers and histograms; counters are compared by rate, gauges by their mean.",
    }),
    unit: Flags.string({
      options: ["run", "window"],
      summary: "What is compared: by default runs where both sides have 8 or more, else flush windows.",
    }),
    metric: metricFlag(),
    service: serviceFlag(),
    "higher-is-better": Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: "PATTERN",
      summary: "Metrics of which less is worse.",
    }),
    "lower-is-better": Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: "PATTERN",
      summary: "Metrics of which more is worse.",
    }),
    "allow-inconclusive": Flags.boolean({ summary: "Exit 0 when something was compared and nothing is worse." }),
    ...sourceFlags,
    all: Flags.boolean({ summary: "Show what is the same, too." }),
    format: Flags.string({
      options: ["table", "json", "github", "junit", "markdown"],
      default: "table",
      summary: "How to print it.",
    }),
  };

  async run(): Promise<ComparisonReport> {
    const { args, flags } = await this.parse(MetricsCompare);
    const threshold = parseShare(flags.threshold, "--threshold");
    const before = await this.#exported(args.BASELINE, flags.service);
    const after =
      flags.with === undefined
        ? await this.#stored(flags, before.window)
        : await this.#exported(flags.with, flags.service);
    const definitions = new Map([...before.definitions, ...after.definitions].map((one) => [one.name, one]));
    checkNames(flags.metric ?? [], [before, after]);
    const patterns = (flags.metric ?? []).map(globMatcher);
    const metrics = compareMetrics(before.units, after.units, {
      threshold,
      statistic: flags.statistic as ComparedStatistic,
      ...(flags.unit === undefined ? {} : { unit: flags.unit as UnitKind }),
      definitions: [...definitions.values()],
      higherIsBetter: flags["higher-is-better"] ?? [],
      lowerIsBetter: flags["lower-is-better"] ?? [],
      wanted: (name) => patterns.length === 0 || patterns.some((matches) => matches(name)),
    });
    const sides = { threshold, before: before.window, after: after.window };
    const report = comparisonReport(metrics, sides, flags["allow-inconclusive"]);
    // Before anything is printed: `| head` must not turn a failure into a success.
    process.exitCode = EXIT_CODES[report.status];
    if (!this.jsonEnabled()) this.#print(report, flags.format, flags.all);
    return report;
  }

  #print(report: ComparisonReport, format: string, all: boolean): void {
    if (format === "json") this.logJson(report);
    else if (format === "junit") this.log(junitReport(comparisonFindings(report), "compare"));
    else if (format === "markdown") this.log(comparisonMarkdown(report, all).join("\n"));
    else if (format === "table") this.log(comparisonLines(report, all, paintStdout).join("\n"));
    else {
      const annotations = githubAnnotations(comparisonFindings(report), "giflab metrics compare");
      this.log([...annotations, ...comparisonLines(report, all, paintStdout).slice(0, 1)].join("\n"));
    }
  }

  async #exported(path: string, service: string | undefined): Promise<Side> {
    const units = new UnitCollector();
    let heading: ExportHeading | undefined;
    let points = 0;
    const progress = new Progress({ label: `reading ${path}`, unit: "points" });
    try {
      const end = await readExport(path, (read) => {
        heading = read;
        return (point) => {
          units.add(point);
          progress.update(++points);
        };
      });
      for (const { writerId, service: name } of end.instances) {
        if (service === undefined || name === service) units.name(writerId, name);
        else units.leaveOut(writerId);
      }
      const { from, to } = heading!;
      return { units, definitions: end.definitions, window: { source: path, from, to } };
    } catch (error) {
      if (error instanceof ExportFileError) throw new CommandError(error.message, undefined, { cause: error });
      throw error;
    } finally {
      progress.clear();
    }
  }

  async #stored(
    flags: {
      readonly start?: string | undefined;
      readonly end?: string | undefined;
      readonly service?: string | undefined;
    } & ReaderOptions["flags"],
    baseline: TimeWindow,
  ): Promise<Side> {
    const now = Date.now() / 1000;
    const from = flags.start === undefined ? baseline.to : parseTime(flags.start, now);
    const to = flags.end === undefined ? now : parseTime(flags.end, now);
    checkOrder(from, to);
    return await this.withReader(
      async ({ store, location }) => {
        const units = new UnitCollector();
        const selector = flags.service === undefined ? {} : { service: flags.service };
        const named = new Set<string>();
        let points = 0;
        const progress = new Progress({ label: "reading the store", unit: "points" });
        await this.timed("reading the store", async () => {
          for await (const { instance, ...point } of store.points({ from, to, ...selector })) {
            units.add({ ...point, instance: instance.writerId });
            progress.update(++points);
            if (named.has(instance.writerId)) continue;
            named.add(instance.writerId);
            units.name(instance.writerId, instance.service);
          }
        });
        progress.clear();
        if (named.size === 0) {
          const since = flags.start === undefined ? "the baseline ended" : "the start";
          const wanted = flags.start === undefined ? "; --start compares an earlier time" : "";
          process.stderr.write(
            `nothing was recorded in ${location} since ${since} (${formatTime(from)}, ${formatDuration(now - from)} ago): run what is to be compared first${wanted}\n`,
          );
        }
        const definitions = definitionsOf(await store.summaries({ from, to, ...selector }));
        return { units, definitions, window: { source: location, from, to } };
      },
      { flags },
    );
  }
}

/** @throws CommandError for a name that neither side has, with the nearest that one has */
function checkNames(wanted: readonly string[], sides: readonly Side[]): void {
  const known = new Set(
    sides.flatMap(({ units, definitions }) => [...units.series.values(), ...definitions].map(({ name }) => name)),
  );
  const unknown = wanted.find((name) => !/[*?]/.test(name) && !known.has(name));
  if (unknown === undefined || known.size === 0) return;
  throw new CommandError(`neither side has a metric "${unknown}".${suggestion(unknown, [...known])}`);
}
