import type { HttpReceiver } from "./prometheus.ts";
import { answers, freePort, Receiver } from "./receiver.ts";

/**
 * A real VictoriaMetrics: takes InfluxDB lines at `/write` and `/api/v2/write`, Prometheus text at
 * `/api/v1/import/prometheus` and remote writes, and answers Prometheus queries. Fresh points are found after a GET of
 * `/internal/force_flush`.
 */
export async function startVictoriaMetrics(
  options: { readonly flags?: readonly string[] } = {},
): Promise<HttpReceiver> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const receiver = await Receiver.start({
    command: "victoria-metrics",
    args: [
      "-storageDataPath=data",
      `-httpListenAddr=${url.slice("http://".length)}`,
      "-search.latencyOffset=0s",
      "-retentionPeriod=100y",
      "-memory.allowedBytes=64MB",
      ...(options.flags ?? []),
    ],
    ready: () => answers(`${url}/health`),
  });
  return { receiver, url };
}
