import { describe, expect, it, vi } from "vitest";
import { DeliveryQueue } from "../src/delivery-queue.ts";
import { type CounterPoint, type MetricSnapshot, MetricsError, type MetricsErrorCode } from "../src/index.ts";

const snapshot = (sequence: number, points = 1): MetricSnapshot =>
  ({
    sequence,
    points: Array.from({ length: points }, () => ({ kind: "gauge", value: 1 })),
  }) as unknown as MetricSnapshot;

/** A backend that refuses with the codes given, one a write, and then accepts. */
function setup(bufferSize: number, refusals: MetricsErrorCode[] = []) {
  const accepted: number[] = [];
  const dropped: number[] = [];
  const failures: unknown[] = [];
  const write = ({ sequence }: MetricSnapshot): void => {
    const code = refusals.shift();
    if (code !== undefined) throw new MetricsError(code, `refused ${sequence}`);
    accepted.push(sequence);
  };
  const backend = { name: "test", write, writeSync: write, close: async () => {} };
  const queue = new DeliveryQueue(backend, {
    bufferSize,
    random: () => 0,
    onDropped: (points) => dropped.push(points),
    onFailure: (error) => failures.push(error),
  });
  return { queue, accepted, dropped, failures };
}

describe("DeliveryQueue", () => {
  it("keeps the order over refusals", async () => {
    const { queue, accepted, failures } = setup(100, ["BACKEND_UNAVAILABLE", "BACKEND_BUSY", "BACKEND_UNAVAILABLE"]);
    for (const sequence of [1, 2, 3]) queue.push(snapshot(sequence));
    for (let attempt = 0; attempt < 4; attempt++) await queue.deliver();
    expect(accepted).toEqual([1, 2, 3]);
    expect(failures).toHaveLength(2);
    queue.stop();
  });

  it("drops and counts what can never be accepted, and goes on", async () => {
    const { queue, accepted, dropped } = setup(100, ["REJECTED"]);
    queue.push(snapshot(1, 5));
    queue.push(snapshot(2));
    await queue.deliver();
    expect([accepted, dropped]).toEqual([[2], [5]]);
  });

  it("drops the oldest beyond its size, and counts their points", () => {
    const { queue, dropped } = setup(10);
    for (const sequence of [1, 2, 3, 4]) queue.push(snapshot(sequence, 4));
    expect([queue.length, queue.points, dropped]).toEqual([2, 8, [4, 4]]);
  });

  it("keeps what a dropped snapshot counts of monitoring itself in the one after it", async () => {
    const [errors, drops, calls] = ["giflab.monitoring.errors", "giflab.monitoring.dropped", "calls"].map((name) => ({
      name,
      tags: {},
      definition: { kind: "counter" as const },
    }));
    const written: [string, number][][] = [];
    const dropped: number[] = [];
    const backend = {
      name: "test",
      write: ({ points }: MetricSnapshot) => {
        written.push(points.map((point) => [point.series.name, (point as CounterPoint).delta]));
      },
      close: async () => {},
    };
    const queue = new DeliveryQueue(backend, {
      bufferSize: 4,
      random: () => 0,
      onDropped: (points) => dropped.push(points),
      onFailure: () => {},
    });
    const count = (series: typeof errors, delta: number) => ({ kind: "counter", series, delta });
    const push = (...points: unknown[]) => queue.push({ points } as unknown as MetricSnapshot);
    push(count(calls, 1), count(errors, 1));
    push(count(calls, 1), count(errors, 2));
    push(count(calls, 1), count(drops, 2));
    push(count(calls, 1));
    expect(queue.points).toBe(4);
    await queue.deliver();
    expect(dropped).toEqual([2, 2]);
    expect(written).toEqual([
      [
        ["calls", 1],
        ["giflab.monitoring.dropped", 2],
        ["giflab.monitoring.errors", 3],
      ],
      [["calls", 1]],
    ]);
  });

  it("always has room for one snapshot, however large", () => {
    const { queue, dropped } = setup(10);
    queue.push(snapshot(1, 1000));
    expect([queue.length, dropped]).toEqual([1, []]);
  });

  it("writes a snapshot of very many points in a turn of the event loop of its own", async () => {
    const { queue, accepted } = setup(10_000);
    queue.push(snapshot(1));
    queue.push(snapshot(2, 5000));
    queue.push(snapshot(3));
    const delivered = queue.deliver();
    for (let microtask = 0; microtask < 10; microtask++) await undefined;
    expect(accepted).toEqual([1]);
    await delivered;
    expect(accepted).toEqual([1, 2, 3]);
  });

  it("delivers such a snapshot once when the process ends before its turn has come", async () => {
    const { queue, accepted } = setup(10_000);
    queue.push(snapshot(1, 5000));
    const delivered = queue.deliver();
    queue.deliverSync(performance.now());
    expect(accepted).toEqual([1]);
    await delivered;
    expect([accepted, queue.length]).toEqual([[1], 0]);
  });

  it("does not drop what is being written just now", async () => {
    let release = (): void => {};
    const accepted: number[] = [];
    const backend = {
      name: "slow",
      write: async ({ sequence }: MetricSnapshot) => {
        await new Promise<void>((resolve) => (release = resolve));
        accepted.push(sequence);
      },
      close: async () => {},
    };
    const dropped: number[] = [];
    const queue = new DeliveryQueue(backend, {
      bufferSize: 2,
      random: () => 0,
      onDropped: (points) => dropped.push(points),
      onFailure: () => {},
    });
    for (const sequence of [1, 2]) queue.push(snapshot(sequence));
    const delivered = queue.deliver();
    queue.push(snapshot(3));
    release();
    await new Promise((resolve) => setImmediate(resolve));
    release();
    await delivered;
    expect([accepted, dropped]).toEqual([[1, 3], [1]]);
  });

  it("delivers what is pushed in the very moment in which it has become empty", async () => {
    for (let ticks = 0; ticks < 20; ticks++) {
      const { queue, accepted } = setup(100);
      queue.push(snapshot(1));
      const first = queue.deliver();
      for (let tick = 0; tick < ticks; tick++) await null;
      queue.push(snapshot(2));
      await queue.deliver();
      expect([ticks, accepted]).toEqual([ticks, [1, 2]]);
      await first;
    }
  });

  it("keeps a bounded number of empty snapshots for a backend that is down", () => {
    const { queue, dropped } = setup(10);
    for (let sequence = 1; sequence <= 1000; sequence++) queue.push(snapshot(sequence, 0));
    expect([queue.length, queue.points]).toEqual([10, 0]);
    expect(dropped).toEqual([]);
  });

  it("leaves nothing behind of a write that fails after the end", async () => {
    let fail = (_: Error): void => {};
    const failures: unknown[] = [];
    const queue = new DeliveryQueue(
      {
        name: "slow",
        write: () => new Promise<void>((_, reject) => (fail = reject)),
        close: async () => {},
      },
      { bufferSize: 10, random: () => 0, onDropped: () => {}, onFailure: (error) => failures.push(error) },
    );
    queue.push(snapshot(1, 3));
    const delivered = queue.deliver();
    expect(queue.stop()).toBe(3);
    fail(new Error("too late"));
    await delivered;
    expect([failures, queue.length]).toEqual([[], 0]);
  });

  it("tries again sooner when the store is busy than when it is broken, and ever later", async () => {
    vi.useFakeTimers();
    try {
      const attempts = async (code: MetricsErrorCode, seconds: number): Promise<number> => {
        let tried = 0;
        const write = (): never => {
          tried++;
          throw new MetricsError(code, "refused");
        };
        const queue = new DeliveryQueue(
          { name: "test", write, close: async () => {} },
          { bufferSize: 10, random: () => 0.999, onDropped: () => {}, onFailure: () => {} },
        );
        queue.push(snapshot(1));
        await queue.deliver();
        await vi.advanceTimersByTimeAsync(seconds * 1000);
        queue.stop();
        return tried;
      };
      // 0.02 + 0.04 + ... seconds, then every second; 0.5 + 1 + 2 + ... seconds, then every 30.
      expect(await attempts("BACKEND_BUSY", 0.1)).toBe(3);
      expect(await attempts("BACKEND_BUSY", 60)).toBeGreaterThan(50);
      expect(await attempts("BACKEND_UNAVAILABLE", 1)).toBe(2);
      expect(await attempts("BACKEND_UNAVAILABLE", 300)).toBeLessThan(20);
    } finally {
      vi.useRealTimers();
    }
  });

  it("waits for a busy store by itself, within the time given", async () => {
    const { queue, accepted } = setup(100, ["BACKEND_BUSY", "BACKEND_BUSY", "BACKEND_BUSY"]);
    queue.push(snapshot(1));
    await queue.deliverWithin(5);
    expect(accepted).toEqual([1]);
  });

  it("delivers synchronously, waiting for a busy store but not for a broken one", () => {
    const busy = setup(100, ["BACKEND_BUSY", "BACKEND_BUSY"]);
    busy.queue.push(snapshot(1));
    busy.queue.deliverSync(performance.now() + 1000);
    expect(busy.accepted).toEqual([1]);
    const broken = setup(100, ["BACKEND_FULL"]);
    broken.queue.push(snapshot(1, 3));
    const error = broken.queue.deliverSync(performance.now() + 1000);
    expect(error).toMatchObject({ code: "BACKEND_FULL" });
    expect([broken.accepted, broken.queue.stop()]).toEqual([[], 3]);
  });
});
