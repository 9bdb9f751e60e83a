import { eventually, type HttpReceiver } from "@giflab/backend-testkit/receivers";

/** One series of an answer. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Asks a real Prometheus. */
export async function query({ url }: HttpReceiver, promql: string): Promise<Sample[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(promql)}`);
  const { data, error } = (await response.json()) as {
    readonly error?: string;
    readonly data?: {
      readonly result: { readonly metric: Record<string, string>; readonly value: [number, string] }[];
    };
  };
  if (data === undefined) throw new Error(`${promql}: ${error}`);
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** Waits until each of its targets was asked after now: samples carry the time at which a scrape began. */
export async function scrapedAnew(server: HttpReceiver, targets: number): Promise<void> {
  const from = Date.now() / 1000;
  await eventually(
    async () => (await query(server, "timestamp(up)")).filter(({ value }) => value > from).length === targets,
    { describe: () => server.receiver.output },
  );
}
