import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startPrometheus, startVictoriaMetrics } from "@giflab/backend-testkit/receivers";

const PROCESSES = 100;
const SCRAPE_SECONDS = 1;
const PROMETHEUS_SECONDS = 30;
/** Seconds between two scrapes as VictoriaMetrics is told them. */
const STEP_SECONDS = 10;

/** What a server needs for the series of a fleet. */
export interface MeasuredServer {
  readonly processes: number;
  readonly series: number;
  /** Resident memory, bytes. */
  readonly memoryBytes: number;
  /** On disk; `undefined` where it has not settled yet. */
  readonly bytesPerSample: number | undefined;
  /** That a scrape of one process takes; `undefined` where nothing is scraped. */
  readonly scrapeMs: number | undefined;
}

/** A real Prometheus that scrapes a hundred processes every second for half a minute. */
export async function measurePrometheus(scrapes: readonly string[]): Promise<MeasuredServer> {
  let asked = 0;
  const pages = createServer((_request, response) => {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(scrapes[Math.floor(asked++ / PROCESSES) % scrapes.length]);
  });
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(pages.address() as AddressInfo).port}`;
  const targets = Array.from({ length: PROCESSES }, (_, n) => ({ address, labels: { instance: `process-${n}` } }));
  const { receiver, url } = await startPrometheus({ targets, scrapeSeconds: SCRAPE_SECONDS });
  try {
    await new Promise((resolve) => setTimeout(resolve, PROMETHEUS_SECONDS * 1000));
    const own = await (await fetch(`${url}/metrics`)).text();
    const parameters = new URLSearchParams({ query: "avg(avg_over_time(scrape_duration_seconds[20s]))" });
    const answer = (await (await fetch(`${url}/api/v1/query?${parameters}`)).json()) as {
      readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
    };
    return {
      processes: PROCESSES,
      series: value(own, "prometheus_tsdb_head_series"),
      memoryBytes: value(own, "process_resident_memory_bytes"),
      bytesPerSample: undefined,
      scrapeMs: Number(answer.data.result[0]!.value[1]) * 1000,
    };
  } finally {
    await receiver.stop();
    pages.close();
    pages.closeAllConnections();
  }
}

/** A real VictoriaMetrics that is given what a hundred processes would have shown, ten seconds apart. */
export async function measureVictoriaMetrics(scrapes: readonly string[]): Promise<MeasuredServer> {
  const { receiver, url } = await startVictoriaMetrics({ flags: ["-memory.allowedPercent=50"] });
  try {
    const start = Date.now() - scrapes.length * STEP_SECONDS * 1000;
    for (const [step, body] of scrapes.entries()) {
      for (let n = 0; n < PROCESSES; n++) {
        const query = `timestamp=${start + step * STEP_SECONDS * 1000}&extra_label=instance=process-${n}`;
        await fetch(`${url}/api/v1/import/prometheus?${query}`, { method: "POST", body });
      }
    }
    await fetch(`${url}/internal/force_flush`);
    await fetch(`${url}/internal/force_merge`);
    const own = await (await fetch(`${url}/metrics`)).text();
    const sizes = sum(own, /^vm_data_size_bytes\{type="storage\/[^"]*"\} (\S+)$/gm);
    const rows = sum(own, /^vm_rows\{type="storage\/[^"]*"\} (\S+)$/gm);
    return {
      processes: PROCESSES,
      series: rows / scrapes.length,
      memoryBytes: value(own, "process_resident_memory_bytes"),
      bytesPerSample: sizes / rows,
      scrapeMs: undefined,
    };
  } finally {
    await receiver.stop();
  }
}

function value(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

function sum(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((total, [, one]) => total + Number(one), 0);
}
