import {
  ManualClock,
  MemoryBackend,
  type MetricSummary,
  MetricsCollector,
  setMetricsCollector,
} from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { MetricTracker, trackCounter, trackGauge, trackHistogram, trackTiming } from "../src/index.ts";

const clock = new ManualClock();
let memory: MemoryBackend;
let collector: MetricsCollector;

const begin = (): void => {
  memory = new MemoryBackend();
  collector = new MetricsCollector({ backends: [memory], clock, service: "test", onWarning: () => {} });
  setMetricsCollector(collector);
};
beforeEach(begin);
afterEach(async () => {
  setMetricsCollector(undefined);
  await collector.close();
});

const summary = async (match: string): Promise<MetricSummary | undefined> => {
  clock.advance(1);
  await collector.flush();
  return (await memory.summaries({ match, from: clock.now() - 1000, to: clock.now() }))[0];
};

class Service {
  readonly factor = 2;
  static #calls = 0;

  @trackTiming({ metricName: "service.duration", tags: { kind: "method" } })
  @trackCounter({ metricName: "service.calls" })
  multiply(value: number): number {
    clock.advance(0.5);
    return value * this.factor;
  }

  @trackTiming({ metricName: "service.async" })
  async later(value: number): Promise<number> {
    await Promise.resolve();
    clock.advance(2);
    return value * this.factor;
  }

  @trackHistogram({ metricName: "service.size", value: (result: string) => result.length })
  static describe(text: string): string {
    return `${text}!`;
  }

  @trackCounter({ metricName: "service.private" })
  static #count(): number {
    return ++Service.#calls;
  }

  static count(): number {
    return Service.#count();
  }
}

describe("as decorators", () => {
  it("keep this, arguments and results, and time each call", async () => {
    expect(new Service().multiply(21)).toBe(42);
    expect(await summary("service.duration")).toMatchObject({
      count: 1,
      sum: 0.5,
      tags: { kind: "method" },
      unit: "s",
    });
    expect(await summary("service.calls")).toMatchObject({ sum: 1 });
  });

  it("time async methods until they settle", async () => {
    expect(await new Service().later(4)).toBe(8);
    expect(await summary("service.async")).toMatchObject({ count: 1, sum: 2 });
  });

  it("work on static and private methods", async () => {
    expect(Service.describe("abc")).toBe("abc!");
    expect(Service.count()).toBe(1);
    expect(await summary("service.size")).toMatchObject({ count: 1, sum: 4 });
    expect(await summary("service.private")).toMatchObject({ sum: 1 });
  });

  it("bind to the collector that is there when they are called, not when the class was made", async () => {
    new Service().multiply(1);
    const first = await summary("service.calls");
    await collector.close();
    begin();
    new Service().multiply(1);
    new Service().multiply(1);
    expect([first?.sum, (await summary("service.calls"))?.sum]).toEqual([1, 2]);
  });
});

describe("as wrappers", () => {
  it("keep name, length, own properties and type of a function", () => {
    const inner = Object.assign(
      function named(a: number, _b: string): number {
        return a;
      },
      { extra: 7 },
    );
    const outer = trackTiming({ metricName: "wrapped" }, inner);
    expect([outer.name, outer.length, outer.extra, outer(3, "")]).toEqual(["named", 2, 7, 3]);
    expectTypeOf(outer).toEqualTypeOf(inner);
  });

  it("pass errors through as they are, and count and time the failed call", async () => {
    const failure = new Error("no");
    const outer = trackCounter(
      { metricName: "failing.calls" },
      trackTiming({ metricName: "failing" }, () => {
        throw failure;
      }),
    );
    expect(outer).toThrow(failure);
    expect(await summary("failing")).toMatchObject({ count: 1 });
    expect(await summary("failing.calls")).toMatchObject({ sum: 1 });
  });

  it("pass this and every argument", () => {
    const outer = trackTiming({ metricName: "args" }, function (this: { base: number }, ...values: number[]) {
      return values.reduce((total, value) => total + value, this.base);
    });
    expect(outer.call({ base: 1 }, 2, 3, 4)).toBe(10);
  });

  it("construct what a constructor function constructs", () => {
    function Point(this: { x: number }, x: number): void {
      this.x = x;
    }
    const Wrapped = trackTiming({ metricName: "construct" }, Point) as unknown as new (x: number) => { x: number };
    const point = new Wrapped(5);
    expect([point.x, point instanceof (Point as never)]).toEqual([5, true]);
  });

  it("refuse a class, which cannot be called", () => {
    expect(() => trackTiming({ metricName: "class" }, Service as never)).toThrow(
      /is a class: decorate or wrap its methods/,
    );
  });

  it("refuse a missing metric name", () => {
    expect(() => trackTiming({} as never)).toThrow(/metricName must be/);
  });

  it("record the numbers of results, awaited ones too, and nothing of failures", async () => {
    const size = trackGauge({ metricName: "size" }, async (n: number) => n);
    const bytes = trackHistogram({ metricName: "bytes" }, (n: number) => n * 10);
    await size(5);
    bytes(1);
    bytes(2);
    const failing = trackGauge({ metricName: "size" }, async () => {
      throw new Error("no");
    });
    await expect(failing()).rejects.toThrow("no");
    expect(await summary("size")).toMatchObject({ last: 5, count: 1 });
    expect(await summary("bytes")).toMatchObject({ count: 2, sum: 30 });
  });

  it("know the types of result and arguments in the value function", async () => {
    const load = trackGauge(
      {
        metricName: "items",
        value: (items, [first]) => {
          expectTypeOf(items).toEqualTypeOf<string[]>();
          expectTypeOf(first).toEqualTypeOf<number>();
          return items.length * first;
        },
      },
      async (count: number) => Array.from({ length: count }, (_, index) => String(index)),
    );
    expect(await load(3)).toEqual(["0", "1", "2"]);
    expect(await summary("items")).toMatchObject({ last: 9 });
  });

  it("follow a collector that is switched on and off", async () => {
    const quiet = new MetricsCollector({ backends: [], clock, enabled: false, onWarning: () => {} });
    setMetricsCollector(quiet);
    const counted = trackCounter({ metricName: "switched" }, () => 1);
    const measured = trackGauge({ metricName: "switched.value" }, () => 5);
    counted();
    quiet.configure({ enabled: true });
    const later = new MemoryBackend();
    quiet.addBackend(later);
    counted();
    measured();
    quiet.configure({ enabled: false });
    counted();
    quiet.configure({ enabled: true });
    clock.advance(1);
    await quiet.flush();
    const points: unknown[] = [];
    for await (const point of later.points({})) points.push([point.name, "value" in point && point.value]);
    expect(points).toEqual([
      ["switched", 1],
      ["switched.value", 5],
    ]);
  });

  it("say what to do about experimentalDecorators and things that are no methods", () => {
    const decorator = trackTiming({ metricName: "legacy" }) as unknown as (...args: unknown[]) => unknown;
    expect(() => decorator({}, "handle", { value: () => {} })).toThrow(/turn off experimentalDecorators/);
    expect(() => decorator(() => 1, { kind: "getter", name: "size" })).toThrow(/size is a getter/);
  });

  it("count an error of the value function and let the call succeed", async () => {
    const outer = trackGauge(
      {
        metricName: "bad",
        value: () => {
          throw new Error("value");
        },
      },
      () => 1,
    );
    expect(outer()).toBe(1);
    expect(await summary("giflab.monitoring.errors")).toMatchObject({ tags: { reason: "track_value" }, sum: 1 });
  });

  it("count a name of another kind instead of throwing into the program", async () => {
    collector.counter("taken");
    const outer = trackTiming({ metricName: "taken" }, () => "fine");
    expect(outer()).toBe("fine");
    expect(await summary("giflab.monitoring.errors")).toMatchObject({ tags: { reason: "late_handle" } });
  });
});

describe("MetricTracker", () => {
  it("records under its prefix", async () => {
    const tracker = new MetricTracker("custom.operation", { tags: { a: "b" } });
    expect(
      tracker.timer("preprocessing", () => {
        clock.advance(3);
        return "done";
      }),
    ).toBe("done");
    tracker.counter("items_processed", 10);
    tracker.gauge("queue_size", 5);
    tracker.histogram("bytes", 7);
    expect(await summary("custom.operation.preprocessing")).toMatchObject({ kind: "timer", sum: 3, tags: { a: "b" } });
    expect(await summary("custom.operation.items_processed")).toMatchObject({ sum: 10 });
    expect(await summary("custom.operation.queue_size")).toMatchObject({ last: 5 });
    expect(await summary("custom.operation.bytes")).toMatchObject({ count: 1, sum: 7 });
  });

  it("gives out timers to start and stop", async () => {
    const timer = new MetricTracker("p").timer("step");
    const token = timer.start();
    clock.advance(2);
    timer.stop(token);
    expect(await summary("p.step")).toMatchObject({ count: 1, sum: 2 });
    collector.gauge("p.taken");
    const none = new MetricTracker("p").timer("taken");
    expect(none.stop(none.start())).toBeNaN();
  });

  it("lets the work go on under a name that is another kind of metric", async () => {
    collector.gauge("p.x");
    expect(new MetricTracker("p").timer("x", () => 1)).toBe(1);
  });
});
