import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { InfluxdbBackend } from "@giflab/backend-influxdb";
import { OtlpBackend } from "@giflab/backend-otlp";
import { PrometheusBackend } from "@giflab/backend-prometheus";
import { StatsdBackend } from "@giflab/backend-statsd";
import { instrumentChannels } from "@giflab/instrumentation";
import { MetricsCollector } from "@giflab/metrics-core";
import { makeSampleGifs } from "@giflab/processing";
import { processingExtension } from "@giflab/processing/monitoring";
import { openApp, runApp } from "../app/processing-app.ts";
import { httpSink, udpSink } from "./counting-sink.ts";

/** What one process gives to each kind of receiver. */
export interface RecordedProcess {
  /** Its Prometheus text after each flush. */
  readonly scrapes: readonly string[];
  /** Samples in one scrape. */
  readonly samples: number;
  readonly scrapeMs: number;
  /** Bytes a flush or scrape on the wire, by protocol. */
  readonly bytes: Readonly<
    Record<"scraped text" | "scraped, gzip" | "OTLP, gzip" | "InfluxDB, gzip" | "StatsD", number>
  >;
}

/** Runs the processing app over its sample GIFs, flushed to every backend after each run. */
export async function recordProcess(folder: string, flushes: number): Promise<RecordedProcess> {
  const [influxdb, otlp, statsd] = [await httpSink(204), await httpSink(200), await udpSink()];
  const prometheus = new PrometheusBackend();
  const collector = new MetricsCollector({
    service: "processing",
    handleSignals: false,
    flushIntervalSeconds: 3600,
    backends: [
      prometheus,
      new InfluxdbBackend({ url: `http://127.0.0.1:${influxdb.port}`, database: "metrics", gzip: true }),
      new OtlpBackend({ endpoint: `http://127.0.0.1:${otlp.port}`, compression: "gzip" }),
      new StatsdBackend({ port: statsd.port }),
    ],
  });
  collector.define(processingExtension.metrics);
  const instrumentation = instrumentChannels({ collector });
  const samples = await makeSampleGifs(join(folder, "samples"));
  const caches = join(folder, "caches");
  mkdirSync(caches, { recursive: true });
  const services = await openApp(caches);
  const scrapes: string[] = [];
  const times: number[] = [];
  const bytes = { influxdb: 0, otlp: 0, statsd: 0 };
  for (let flush = 0; flush < flushes; flush++) {
    await runApp(services, [samples[flush % samples.length]!], caches);
    const before = { influxdb: influxdb.bytes, otlp: otlp.bytes, statsd: statsd.bytes };
    await collector.flush();
    // Datagrams arrive when the event loop turns.
    await new Promise((resolve) => setImmediate(resolve));
    if (flush > 0) {
      bytes.influxdb += influxdb.bytes - before.influxdb;
      bytes.otlp += otlp.bytes - before.otlp;
      bytes.statsd += statsd.bytes - before.statsd;
    }
    const began = performance.now();
    let text = "";
    for await (const slice of prometheus.scrape()) text += slice;
    times.push(performance.now() - began);
    scrapes.push(text);
  }
  await services.close();
  instrumentation[Symbol.dispose]();
  await collector.close();
  for (const sink of [influxdb, otlp, statsd]) sink.close();
  const last = scrapes.at(-1)!;
  // The first flush describes every metric.
  const each = (total: number) => total / (flushes - 1);
  return {
    scrapes,
    samples: last.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length,
    scrapeMs: times.sort((a, b) => a - b)[times.length >> 1]!,
    bytes: {
      "scraped text": Buffer.byteLength(last),
      "scraped, gzip": gzipSync(last).length,
      "OTLP, gzip": each(bytes.otlp),
      "InfluxDB, gzip": each(bytes.influxdb),
      StatsD: each(bytes.statsd),
    },
  };
}
