import {
  type InstanceIdentity,
  MemoryBackend,
  MergedSketch,
  type MetricSnapshot,
  type NamedDefinition,
  type SeriesDescriptor,
  type SnapshotPoint,
} from "@giflab/metrics-core";
import type { InputSeries, RuleTest, RuleTestFile } from "./rule-test.ts";

/** Epoch seconds at which the first flush of a made-up process is: 2024-01-01T00:00:00Z. */
export const TEST_BEGIN = 1_704_067_200;

/** A store in which the processes of a test have recorded, up to the last of their values. */
export function madeUpStore({ derived }: RuleTestFile, { inputSeries, interval }: RuleTest): MemoryBackend {
  const points = inputSeries.reduce((total, { values }) => total + values.length, 0);
  const flushes = inputSeries.reduce((most, { values }) => Math.max(most, values.length), 0);
  const instances = Map.groupBy(inputSeries, ({ instance }) => instance);
  const store = new MemoryBackend({ bufferSize: Math.max(1, points + flushes * instances.size) });
  const definitions: NamedDefinition[] = Object.entries(derived).map(([name, definition]) => ({ ...definition, name }));
  const processes = [...instances.values()].map(
    (series, index) => new MadeUpProcess(index, series, interval, definitions),
  );
  for (let flush = 0; flush < flushes; flush++) {
    for (const process of processes) {
      const snapshot = process.flush(flush);
      if (snapshot !== undefined) store.writeSync(snapshot);
    }
  }
  return store;
}

class MadeUpProcess {
  readonly #identity: InstanceIdentity;
  readonly #series: readonly { readonly input: InputSeries; readonly descriptor: SeriesDescriptor; counted: number }[];
  readonly #interval: number;
  readonly #flushes: number;
  readonly #derived: readonly NamedDefinition[];

  constructor(index: number, series: readonly InputSeries[], interval: number, derived: readonly NamedDefinition[]) {
    this.#identity = {
      service: "rule-test",
      version: "",
      host: "rule-test",
      pid: index + 1,
      thread: 0,
      startTime: TEST_BEGIN - interval,
      writerId: (index + 1).toString(16).padStart(16, "0"),
    };
    this.#series = series.map((input) => {
      const { metric: name, tags, kind } = input;
      const sorted = Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
      return { input, descriptor: { name, tags: sorted, definition: { kind } }, counted: 0 };
    });
    this.#interval = interval;
    this.#flushes = Math.max(...series.map(({ values }) => values.length));
    this.#derived = derived;
  }

  /** What it writes in flush number `flush`, from 0; nothing after its last value. */
  flush(flush: number): MetricSnapshot | undefined {
    if (flush >= this.#flushes) return undefined;
    const end = TEST_BEGIN + flush * this.#interval;
    const points: SnapshotPoint[] = [];
    for (const series of this.#series) {
      const value = series.input.values[flush];
      if (value === undefined) continue;
      const { kind } = series.input;
      const { descriptor } = series;
      if (typeof value !== "number")
        points.push({ kind: kind as "timer" | "histogram", series: descriptor, sketch: sketchOf(value) });
      else if (kind === "gauge") points.push({ kind, series: descriptor, value });
      else {
        points.push({
          kind: "counter",
          series: descriptor,
          delta: value >= series.counted ? value - series.counted : value,
        });
        series.counted = value;
      }
    }
    return {
      instance: this.#identity,
      sequence: flush + 1,
      start: end - this.#interval,
      end,
      flushIntervalSeconds: this.#interval,
      final: false,
      points,
      derived: this.#derived,
    };
  }
}

function sketchOf(values: readonly number[]): ReturnType<MergedSketch["toData"]> {
  const sketch = new MergedSketch();
  for (const value of values) sketch.record(value);
  return sketch.toData();
}
