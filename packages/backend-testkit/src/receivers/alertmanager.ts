import type { HttpReceiver } from "./prometheus.ts";
import { answers, freePort, Receiver } from "./receiver.ts";

/**
 * A real Alertmanager that keeps to itself and tells `webhook` (an address) at once what it is told, grouped by the label
 * `alertname`; without it, nobody.
 */
export async function startAlertmanager(options: { readonly webhook?: string } = {}): Promise<HttpReceiver> {
  const { webhook } = options;
  const configuration = {
    route: { receiver: "test", group_by: ["alertname"], group_wait: "0s", group_interval: "1s", repeat_interval: "1d" },
    receivers: [
      { name: "test", webhook_configs: webhook === undefined ? [] : [{ url: webhook, send_resolved: true }] },
    ],
  };
  const url = `http://127.0.0.1:${await freePort()}`;
  const receiver = await Receiver.start({
    command: "prometheus-alertmanager",
    args: [
      "--config.file=config.yml",
      "--storage.path=data",
      `--web.listen-address=${url.slice("http://".length)}`,
      "--cluster.listen-address=",
    ],
    // JSON is YAML.
    files: { "config.yml": JSON.stringify(configuration) },
    ready: () => answers(`${url}/-/ready`),
  });
  return { receiver, url };
}
