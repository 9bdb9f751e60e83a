import { userInfo } from "node:os";
import type { HttpReceiver } from "./prometheus.ts";
import { answers, freePort, Receiver } from "./receiver.ts";

/** A netdata, and the UDP and TCP port of its StatsD server. */
export interface NetdataReceiver extends HttpReceiver {
  readonly port: number;
}

/**
 * A real netdata that collects nothing but StatsD, in memory. Each metric has a chart, such as `statsd_calls.counter` or
 * `statsd_load.timer`, at `/api/v1/data?chart=...&after=-60`: a row a second.
 */
export async function startNetdata(): Promise<NetdataReceiver> {
  const [webPort, port] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${webPort}`;
  const plugins = ["proc", "diskspace", "cgroups", "tc", "idlejitter", "timex", "checks", "netdata monitoring"];
  const others = ["apps", "python.d", "go.d", "charts.d", "node.d", "fping", "ebpf", "perf", "slabinfo", "ioping"];
  const more = ["nfacct", "cups", "freeipmi", "xenstat", "debugfs", "enable running new plugins"];
  const configuration = [
    "[global]",
    // Started by root it would become somebody else, who cannot write to its folder.
    `  run as user = ${userInfo().username}`,
    "[directories]",
    ...["config", "cache", "lib", "log"].map((name) => `  ${name} = .`),
    "[db]",
    "  mode = ram",
    "[logs]",
    "  error = stderr",
    "  access = none",
    "[ml]",
    "  enabled = no",
    "[health]",
    "  enabled = no",
    "[web]",
    `  bind to = 127.0.0.1:${webPort}`,
    "[plugins]",
    ...[...plugins, ...others, ...more].map((name) => `  ${name} = no`),
    "[statsd]",
    `  bind to = udp:127.0.0.1:${port} tcp:127.0.0.1:${port}`,
    "  histograms and timers percentile (percentThreshold) = 90",
    "",
  ].join("\n");
  const receiver = await Receiver.start({
    command: "netdata",
    args: ["-D", "-c", "netdata.conf"],
    files: { "netdata.conf": configuration },
    ready: async (output) =>
      output().includes(`listening on 'udp:127.0.0.1:${port}'`) && (await answers(`${url}/api/v1/info`)),
  });
  return { receiver, url, port };
}
