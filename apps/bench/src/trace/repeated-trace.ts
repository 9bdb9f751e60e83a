import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { MetricSnapshot, SeriesDescriptor } from "@giflab/metrics-core";
import type { SnapshotSource } from "../storage/snapshot-source.ts";
import { readTrace, type Trace, type TraceOrigin } from "./trace-file.ts";

export const TRACE_PATH: string = fileURLToPath(new URL("../../data/processing-trace.ndjson.zst", import.meta.url));

const FLUSH_SECONDS = 10;
/** Epoch seconds; a whole hour. */
const BEGIN = 1_700_000_000 - (1_700_000_000 % 3600);
const WRITER = "7261636574726163";

/**
 * A recorded trace as a source of snapshots that never ends: each recorded flush, which covers a second, stands for ten, and
 * after the last comes the first again. Values are as recorded, and a series that did not change is absent, as in life.
 * A store that finds repetitions far back would gain from them: compare with such stores within one repetition only.
 */
export class RepeatedTrace implements SnapshotSource {
  readonly #trace: Trace;
  #sequence = 0;

  /** Reads the trace in the repository. */
  constructor(path: string = TRACE_PATH) {
    if (!existsSync(path)) throw new Error(`${path} is not there: record one with \`pnpm bench record-trace\``);
    this.#trace = readTrace(path);
  }

  get origin(): TraceOrigin {
    return this.#trace.origin;
  }

  get series(): readonly SeriesDescriptor[] {
    return this.#trace.series;
  }

  /** Hours that the recording covers before it repeats. */
  get hours(): number {
    return (this.#trace.flushes.length * FLUSH_SECONDS) / 3600;
  }

  get begin(): number {
    return BEGIN;
  }

  next(): MetricSnapshot {
    const start = BEGIN + this.#sequence * FLUSH_SECONDS;
    const points = this.#trace.flushes[this.#sequence % this.#trace.flushes.length]!;
    this.#sequence++;
    return {
      instance: {
        service: "giflab",
        version: "1.0.0",
        host: "bench",
        pid: 1,
        thread: 0,
        startTime: BEGIN,
        writerId: WRITER,
      },
      sequence: this.#sequence,
      start,
      end: start + FLUSH_SECONDS,
      flushIntervalSeconds: FLUSH_SECONDS,
      final: false,
      points,
      derived: [],
    };
  }
}
