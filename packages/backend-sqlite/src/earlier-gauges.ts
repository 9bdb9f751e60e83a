import type { AggregationSink } from "./aggregation-sink.ts";
import { BEFORE, type LoadedBlock } from "./loaded-block.ts";
import type { LookBackRows } from "./look-back-rows.ts";

interface Statement {
  readonly id: number;
  readonly writer: number;
  readonly instance: number;
  readonly end: number;
  readonly value: number;
}

/** What blocks say of gauges before a window: of each series and instance the latest, whichever block it is in. */
export class EarlierGauges {
  readonly #latest = new Map<string, Statement>();

  /** Takes the samples of a gauge that lie before the window. */
  gather(
    { rows, roles, instances }: LoadedBlock,
    id: number,
    positions: readonly number[],
    values: readonly number[],
  ): void {
    const { ends, writers } = rows.ticks;
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i]!;
      if (roles[position] !== BEFORE) continue;
      const [writer, end] = [writers[position]!, ends[position]!];
      const key = `${writer}/${id}`;
      const known = this.#latest.get(key);
      if (known !== undefined && known.end > end) continue;
      this.#latest.set(key, { id, writer, instance: instances[position]!, end, value: values[i]! });
    }
  }

  /** Feeds what no later row has stated, the latest first as rows that are not sealed are fed. */
  feed(sink: AggregationSink, before: LookBackRows): void {
    const statements = [...this.#latest.values()].sort((a, b) => b.end - a.end || b.writer - a.writer);
    for (const { id, writer, instance, end, value } of statements) {
      if (before.take(writer, id, end)) sink.gauge(id, instance, end, value);
    }
  }
}
