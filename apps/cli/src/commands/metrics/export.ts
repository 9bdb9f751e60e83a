import { Flags, formatNumber, Progress, parseTime } from "@giflab/cli-kit";
import { definitionsOf } from "@giflab/metrics-core";
import { type ExportFormat, exportPoints } from "../../export-format.ts";
import { FileSink, StreamSink, type TextSink } from "../../export-sink.ts";
import { packageManifest } from "../../framework-config.ts";
import { MetricsCommand } from "../../metrics-command.ts";
import { sourceFlags } from "../../reader-session.ts";
import { checkSelection, metricFlag, selectorOf, serviceFlag, systemFlag } from "../../selection.ts";
import { checkOrder } from "../../time-window.ts";

const FORMATS: readonly ExportFormat[] = ["json", "csv", "ndjson"];

export class MetricsExport extends MetricsCommand {
  static override summary = "Every stored point as JSON, CSV or newline-delimited JSON.";
  static override description =
    "Streams to a file or to stdout in constant memory, without a limit; without --start it begins with the oldest point. " +
    "Each point states the seconds it covers (resolutionSeconds): older data may be rolled up.";
  static override examples = [
    '<%= config.bin %> metrics export -o metrics.json --start "-1h"',
    "<%= config.bin %> metrics export --format ndjson | head",
  ];
  static override flags = {
    output: Flags.string({
      char: "o",
      helpValue: "FILE",
      summary: "Write here (complete or not at all) instead of to stdout.",
    }),
    start: Flags.string({ helpValue: "TIME", summary: "Begin here: -1h, -1d, 2026-01-31T14:05, epoch seconds." }),
    end: Flags.string({ helpValue: "TIME", summary: "End here; now by default." }),
    format: Flags.string({ options: [...FORMATS], default: "json", summary: "How to write it." }),
    system: systemFlag(),
    metric: metricFlag(),
    service: serviceFlag(),
    ...sourceFlags,
    json: Flags.boolean({ summary: "The same as --format json.", exclusive: ["format"], helpGroup: "GLOBAL" }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(MetricsExport);
    const now = Date.now() / 1000;
    const start = flags.start === undefined ? undefined : parseTime(flags.start, now);
    const end = flags.end === undefined ? now : parseTime(flags.end, now);
    if (start !== undefined) checkOrder(start, end);
    const selector = selectorOf(flags);
    await this.withReader(
      async (session) => {
        const { store, location } = session;
        const { oldest } = await store.stats();
        const sink: TextSink =
          flags.output === undefined ? new StreamSink(process.stdout) : await FileSink.create(flags.output);
        const progress = new Progress({ label: "exporting", unit: "points" });
        try {
          const count = await this.timed("export", () =>
            exportPoints(
              store.points({ ...(start === undefined ? {} : { from: start }), to: end, ...selector }),
              sink,
              {
                format: flags.format as ExportFormat,
                header: {
                  schemaVersion: 1,
                  exportTime: now,
                  startTime: start ?? oldest ?? null,
                  endTime: end,
                  environment: {
                    giflab: packageManifest().version,
                    node: process.versions.node,
                    platform: process.platform,
                    arch: process.arch,
                    store: location,
                  },
                },
                definitions: async () =>
                  definitionsOf(await store.summaries({ from: start ?? 0, to: end, ...selector })),
                onProgress: (done) => progress.update(done),
              },
            ),
          );
          if (count === 0) await checkSelection(session, selector);
          await sink.finish();
          const target = flags.output === undefined ? "" : ` to ${flags.output}`;
          progress.finish(`exported ${formatNumber(count, 15)} ${count === 1 ? "point" : "points"}${target}`);
        } catch (error) {
          progress.clear();
          await sink.abandon();
          throw error;
        }
      },
      { flags },
    );
  }
}
