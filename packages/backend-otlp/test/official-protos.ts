import { createRequire } from "node:module";
import root from "otlp-protos/build/src/generated/root.js";

/**
 * protobufjs takes 64-bit numbers from the package `long`. Under vitest's conditions `require` finds that package's ES
 * module, whose class is its default export.
 */
function repairLong(): void {
  const generated = createRequire(import.meta.url).resolve("otlp-protos/build/src/generated/root.js");
  const protobuf = createRequire(generated)("protobufjs/minimal") as {
    readonly util: { Long: { readonly default?: never } };
    configure(): void;
  };
  protobuf.util.Long = protobuf.util.Long.default ?? protobuf.util.Long;
  protobuf.configure();
}
repairLong();

/**
 * The code that the OpenTelemetry project generated from its `.proto` files (and shipped up to version 0.217 of its
 * transformer): independent of the hand-written serialisers that are tested.
 */
interface MessageType {
  decode(bytes: Uint8Array): unknown;
  encode(message: unknown): { finish(): Uint8Array };
  fromObject(object: unknown): unknown;
  verify(object: unknown): string | null;
  toObject(message: unknown, options: Readonly<Record<string, unknown>>): unknown;
}

const { ExportMetricsServiceRequest, ExportMetricsServiceResponse } = (
  root as unknown as {
    readonly opentelemetry: {
      readonly proto: { readonly collector: { readonly metrics: { readonly v1: Record<string, MessageType> } } };
    };
  }
).opentelemetry.proto.collector.metrics.v1 as {
  readonly ExportMetricsServiceRequest: MessageType;
  readonly ExportMetricsServiceResponse: MessageType;
};

/** An attribute; 64-bit numbers are text. */
interface KeyValue {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly boolValue?: boolean;
    readonly intValue?: string;
    readonly doubleValue?: number;
  };
}

interface Buckets {
  readonly offset: number;
  readonly bucketCounts: readonly string[];
}

/** A data point of any kind; 64-bit numbers are text. */
export interface ReceivedPoint {
  readonly attributes: readonly KeyValue[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly asDouble?: number;
  readonly asInt?: string;
  readonly count?: string;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
  readonly scale?: number;
  readonly zeroCount?: string;
  readonly positive?: Buckets;
  readonly negative?: Buckets;
  readonly explicitBounds?: readonly number[];
  readonly bucketCounts?: readonly string[];
}

interface Data {
  readonly dataPoints: readonly ReceivedPoint[];
  readonly aggregationTemporality?: string;
  readonly isMonotonic?: boolean;
}

export interface ReceivedMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly sum?: Data;
  readonly gauge?: Data;
  readonly histogram?: Data;
  readonly exponentialHistogram?: Data;
}

export interface ReceivedRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly metrics: readonly ReceivedMetric[];
    }[];
  }[];
}

/** Throws for what is no request by the definitions. */
export function decodeRequest(contentType: string | undefined, body: Uint8Array): ReceivedRequest {
  return plain(contentType === "application/json" ? fromJson(body) : decodeProtobuf(contentType, body));
}

/** An answer to a request, in protobuf. */
export function encodeResponse(partialSuccess: {
  readonly rejectedDataPoints: number;
  readonly errorMessage: string;
}): Uint8Array {
  return ExportMetricsServiceResponse.encode(ExportMetricsServiceResponse.fromObject({ partialSuccess })).finish();
}

function decodeProtobuf(contentType: string | undefined, body: Uint8Array): unknown {
  if (contentType !== "application/x-protobuf") throw new Error(`unknown content type ${contentType}`);
  return ExportMetricsServiceRequest.decode(body);
}

function fromJson(body: Uint8Array): unknown {
  const message = ExportMetricsServiceRequest.fromObject(JSON.parse(Buffer.from(body).toString()));
  const problem = ExportMetricsServiceRequest.verify(message);
  if (problem !== null) throw new Error(problem);
  return message;
}

function plain(message: unknown): ReceivedRequest {
  const options = { longs: String, enums: String, defaults: true, oneofs: false };
  return ExportMetricsServiceRequest.toObject(message, options) as ReceivedRequest;
}

/** All metrics of a request. */
export function metricsOf(request: ReceivedRequest): ReceivedMetric[] {
  return request.resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
}

/** Attributes as an object; 64-bit numbers as numbers. */
export function attributesOf(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.intValue === undefined
        ? (value.stringValue ?? value.boolValue ?? value.doubleValue)
        : Number(value.intValue),
    ]),
  );
}
