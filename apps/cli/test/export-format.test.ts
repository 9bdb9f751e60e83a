import type { InstanceIdentity, MetricPoint } from "@giflab/metrics-core";
import { describe, expect, test } from "vitest";
import { type ExportFormat, type ExportHeader, exportPoints } from "../src/export-format.ts";

const HEADER: ExportHeader = {
  schemaVersion: 1,
  exportTime: 30,
  startTime: 0,
  endTime: 20,
  environment: { node: "24" },
};
const INSTANCE: InstanceIdentity = {
  service: "api",
  version: "1",
  host: "h",
  pid: 1,
  thread: 0,
  startTime: 0,
  writerId: "00000000000000aa",
};
const COUNTER: MetricPoint = {
  name: "hits",
  kind: "counter",
  unit: "{hit}",
  tags: { a: 'x,"y"' },
  instance: INSTANCE,
  timestamp: 10,
  resolutionSeconds: 10,
  value: 3,
};
const TIMER: MetricPoint = {
  name: "load",
  kind: "timer",
  unit: "s",
  tags: {},
  instance: { ...INSTANCE, writerId: "00000000000000bb" },
  timestamp: 20,
  resolutionSeconds: 10,
  count: 2,
  sum: 0.3,
  min: 0.1,
  max: 0.2,
  last: 0.2,
  buckets: { layout: "l", indexes: [1, 2], counts: [1, 1] },
};

async function* stream(points: Iterable<MetricPoint>) {
  yield* points;
}

async function exported(points: Iterable<MetricPoint>, format: ExportFormat): Promise<string> {
  let text = "";
  const sink = {
    write: async (chunk: string) => {
      text += chunk;
    },
    finish: async () => {},
    abandon: async () => {},
  };
  await exportPoints(stream(points), sink, {
    format,
    header: HEADER,
    definitions: async () => [{ name: "load", kind: "timer" }],
  });
  return text;
}

describe("exportPoints", () => {
  test("json is one document whose count comes last", async () => {
    const text = await exported([COUNTER, TIMER], "json");
    const { instance: first, ...counter } = COUNTER;
    const { instance: second, ...timer } = TIMER;
    const document = JSON.parse(text) as Record<string, unknown>;
    expect(document).toEqual({
      ...HEADER,
      metrics: [
        { ...counter, instance: first.writerId },
        { ...timer, instance: second.writerId },
      ],
      instances: [first, second],
      definitions: [{ name: "load", kind: "timer" }],
      metricsCount: 2,
    });
    expect(Object.keys(document).at(-1)).toBe("metricsCount");
  });

  test("json without points is a complete document too", async () => {
    expect(JSON.parse(await exported([], "json"))).toMatchObject({ metrics: [], instances: [], metricsCount: 0 });
  });

  test("ndjson is a point per line with its whole instance", async () => {
    const lines = (await exported([COUNTER, TIMER], "ndjson")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([COUNTER, TIMER]);
  });

  test("csv quotes what needs it and leaves cells that do not apply empty", async () => {
    const lines = (await exported([COUNTER, TIMER], "csv")).trimEnd().split("\r\n");
    expect(lines).toEqual([
      "timestamp,name,kind,unit,tags,value,count,sum,min,max,last,resolutionSeconds,service,version,host,pid,thread,instance",
      '10,hits,counter,{hit},"{""a"":""x,\\""y\\""""}",3,,,,,,10,api,1,h,1,0,00000000000000aa',
      "20,load,timer,s,{},,2,0.3,0.1,0.2,0.2,10,api,1,h,1,0,00000000000000bb",
    ]);
  });

  test("waits for a slow sink and holds no more than a chunk of a long export", async () => {
    const total = process.env["GIFLAB_TEST_LONG"] === "1" ? 1_000_000 : 50_000;
    let waiting = 0;
    let largest = 0;
    let written = 0;
    const sink = {
      write: async (chunk: string) => {
        waiting++;
        expect(waiting).toBe(1);
        largest = Math.max(largest, chunk.length);
        written += chunk.split("\n").length - 1;
        await new Promise((resolve) => setImmediate(resolve));
        waiting--;
      },
      finish: async () => {},
      abandon: async () => {},
    };
    async function* many() {
      for (let i = 0; i < total; i++) yield COUNTER;
    }
    expect(await exportPoints(many(), sink, { format: "ndjson", header: HEADER })).toBe(total);
    expect(written).toBe(total);
    expect(largest).toBeLessThan(70_000);
  });
});
