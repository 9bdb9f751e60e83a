import { answers, freePort, Receiver } from "./receiver.ts";

export interface PrometheusOptions {
  /** What to scrape: a host with port, the path, and labels of the target. */
  readonly targets?: readonly {
    readonly address: string;
    readonly path?: string;
    readonly job?: string;
    readonly labels?: Readonly<Record<string, string>>;
  }[];
  /** Seconds between scrapes; default 1. */
  readonly scrapeSeconds?: number;
  /** Contents of a rules file. */
  readonly rules?: string;
  readonly flags?: readonly string[];
}

/** A server with its address, `http://127.0.0.1:PORT`. */
export interface HttpReceiver {
  readonly receiver: Receiver;
  readonly url: string;
}

/** A real Prometheus that takes remote writes too; stop it with `receiver.stop()`. */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<HttpReceiver> {
  const { targets = [], scrapeSeconds = 1, rules, flags = [] } = options;
  const configuration = {
    global: { scrape_interval: `${scrapeSeconds * 1000}ms`, scrape_timeout: `${scrapeSeconds * 1000}ms` },
    rule_files: rules === undefined ? [] : ["rules.yml"],
    scrape_configs: targets.map(({ address, path = "/metrics", job = "test", labels = {} }, place) => ({
      job_name: `${job}-${place}`,
      metrics_path: path,
      // Prometheus wants one job name per entry: the target's own label is what queries see.
      static_configs: [{ targets: [address], labels: { job, ...labels } }],
    })),
  };
  const url = `http://127.0.0.1:${await freePort()}`;
  const receiver = await Receiver.start({
    command: "prometheus",
    args: [
      "--config.file=prometheus.yml",
      "--storage.tsdb.path=data",
      `--web.listen-address=${url.slice("http://".length)}`,
      "--web.enable-remote-write-receiver",
      "--web.enable-lifecycle",
      ...flags,
    ],
    // JSON is YAML.
    files: {
      "prometheus.yml": JSON.stringify(configuration),
      ...(rules === undefined ? {} : { "rules.yml": rules }),
    },
    ready: () => answers(`${url}/-/ready`),
  });
  return { receiver, url };
}
