import { freePort, Receiver } from "./receiver.ts";

/** A collectd and the UDP port of its StatsD plugin. */
export interface CollectdReceiver {
  readonly receiver: Receiver;
  readonly port: number;
}

/**
 * A real collectd that reads StatsD and writes what it has every second as CSV to `csv/test/statsd/` in its folder: a file
 * a value, such as `derive-calls-2026-11-24` with lines `epoch,value`. Of timers also the 50th and 90th percentile, the
 * upper end and the count of lines; a timer without lines is absent.
 */
export async function startCollectd(): Promise<CollectdReceiver> {
  const port = await freePort();
  const configuration = [
    'Hostname "test"',
    "FQDNLookup false",
    'BaseDir "."',
    'PIDFile "pid"',
    'TypesDB "/usr/share/collectd/types.db"',
    "Interval 1",
    "LoadPlugin logfile",
    "<Plugin logfile>",
    "  LogLevel info",
    "  File STDERR",
    "</Plugin>",
    "LoadPlugin statsd",
    "<Plugin statsd>",
    '  Host "127.0.0.1"',
    `  Port "${port}"`,
    "  TimerPercentile 50",
    "  TimerPercentile 90",
    "  TimerCount true",
    "  TimerUpper true",
    "  DeleteTimers true",
    "</Plugin>",
    "LoadPlugin csv",
    "<Plugin csv>",
    '  DataDir "csv"',
    "  StoreRates false",
    "</Plugin>",
    "",
  ].join("\n");
  const receiver: Receiver = await Receiver.start({
    command: "collectd",
    args: ["-f", "-C", "collectd.conf"],
    files: { "collectd.conf": configuration },
    ready: async (output) => output().includes("statsd plugin: Listening"),
  });
  return { receiver, port };
}
