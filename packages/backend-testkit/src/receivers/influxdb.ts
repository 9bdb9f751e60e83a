import type { HttpReceiver } from "./prometheus.ts";
import { answers, freePort, Receiver } from "./receiver.ts";

/** A real InfluxDB 1.x without databases; `lines` are added to the `[http]` section of its configuration. */
export async function startInfluxdb(options: { readonly http?: readonly string[] } = {}): Promise<HttpReceiver> {
  const [port, rpcPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const configuration = [
    "reporting-disabled = true",
    `bind-address = "127.0.0.1:${rpcPort}"`,
    "[meta]",
    'dir = "meta"',
    "[data]",
    'dir = "data"',
    'wal-dir = "wal"',
    "[http]",
    `bind-address = "127.0.0.1:${port}"`,
    "log-enabled = false",
    ...(options.http ?? []),
    "[monitor]",
    "store-enabled = false",
    "",
  ].join("\n");
  const receiver = await Receiver.start({
    command: "influxd",
    args: ["-config", "influxdb.conf"],
    files: { "influxdb.conf": configuration },
    ready: () => answers(`${url}/ping`),
  });
  return { receiver, url };
}
