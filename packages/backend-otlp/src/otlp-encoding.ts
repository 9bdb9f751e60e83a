import { JsonMetricsSerializer, ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import type { MetricData, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { ResourceAttributes } from "./resource-attributes.ts";
import type { OtlpEncoding } from "./wire-format.ts";

/** What a receiver says of the points it did not take. */
export interface PartialSuccess {
  readonly rejectedPoints: number;
  readonly message: string;
}

const ENCODINGS = {
  protobuf: { contentType: "application/x-protobuf", serializer: ProtobufMetricsSerializer },
  json: { contentType: "application/json", serializer: JsonMetricsSerializer },
} as const;

/** Writes requests and reads answers, by the serialisers of the OpenTelemetry project. */
export class RequestEncoder {
  readonly contentType: string;
  readonly #serializer: (typeof ENCODINGS)[OtlpEncoding]["serializer"];

  constructor(encoding: OtlpEncoding) {
    const { contentType, serializer } = ENCODINGS[encoding];
    this.contentType = contentType;
    this.#serializer = serializer;
  }

  encode(resource: ResourceAttributes, metrics: MetricData[]): Uint8Array {
    const request = {
      // The serialisers look at nothing but the attributes (and a schema URL) of a resource.
      resource: { attributes: resource } as unknown as ResourceMetrics["resource"],
      scopeMetrics: [{ scope: { name: "@giflab/metrics-core" }, metrics }],
    };
    return this.#serializer.serializeRequest(request) ?? new Uint8Array(0);
  }

  /**
   * What an answer to an accepted request says was not taken; with no points refused it is a warning. An answer that cannot be read says nothing, as the receiver
   * has accepted the request all the same.
   */
  partialSuccess(body: Uint8Array): PartialSuccess | undefined {
    let found: { readonly rejectedDataPoints?: unknown; readonly errorMessage?: unknown } | undefined;
    try {
      const answer = this.#serializer.deserializeResponse(body) as { readonly partialSuccess?: typeof found } | null;
      found = answer?.partialSuccess;
    } catch {
      return undefined;
    }
    // JSON has 64-bit numbers as text.
    const rejected = Number(found?.rejectedDataPoints ?? 0);
    const rejectedPoints = Math.max(0, rejected) || 0;
    const message = typeof found?.errorMessage === "string" ? found.errorMessage : "";
    return rejectedPoints === 0 && message === "" ? undefined : { rejectedPoints, message };
  }
}
