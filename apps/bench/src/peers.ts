import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { AggregationType, type IMetricReader, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { StatsD } from "hot-shots";

/** Collects when asked; what OpenTelemetry's own readers do at intervals. */
class OnDemandReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** An OpenTelemetry provider that records in earnest: with a reader, and a cardinality limit above what we use. */
export function openTelemetry(): { readonly provider: MeterProvider; readonly reader: IMetricReader } {
  const reader = new OnDemandReader();
  const provider = new MeterProvider({
    readers: [reader],
    views: [
      {
        instrumentName: "exponential",
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 160, recordMinMax: true } },
      },
      { instrumentName: "many", aggregationCardinalityLimit: 20_000 },
    ],
  });
  return { provider, reader };
}

/** hot-shots clients that send to a socket of our own on loopback. */
export class HotShots implements AsyncDisposable {
  readonly buffered: StatsD;
  readonly aggregated: StatsD;
  readonly #sink: Socket;

  private constructor(sink: Socket) {
    this.#sink = sink;
    const target = { host: "127.0.0.1", port: sink.address().port, maxBufferSize: 1432, errorHandler: () => {} };
    this.buffered = new StatsD(target);
    this.aggregated = new StatsD({ ...target, aggregation: true });
  }

  static async open(): Promise<HotShots> {
    const sink = createSocket("udp4");
    sink.bind(0, "127.0.0.1");
    await once(sink, "listening");
    return new HotShots(sink);
  }

  /** Lets the clients send what they have buffered. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve) => this.buffered.flush(() => resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [this.buffered, this.aggregated].map((client) => new Promise<void>((resolve) => client.close(() => resolve()))),
    );
    await new Promise<void>((resolve) => this.#sink.close(() => resolve()));
  }
}
