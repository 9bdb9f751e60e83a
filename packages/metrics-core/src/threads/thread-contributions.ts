import type { DistributionCells } from "../distribution-cells.ts";
import type { DistributionSource } from "../distribution-source.ts";
import type { DistributionSeries, RecordedSeries, ScalarSeries } from "../recorded-series.ts";
import type { ScalarCell } from "../scalar-cells.ts";
import { DistributionContribution } from "./distribution-contribution.ts";
import { ScalarContribution } from "./scalar-contribution.ts";

/** The cells of worker threads behind the series of this process. */
export class ThreadContributions {
  readonly #cells: DistributionCells;
  readonly #scalars = new Map<RecordedSeries, ScalarContribution>();
  readonly #distributions = new Map<RecordedSeries, DistributionContribution>();

  constructor(cells: DistributionCells) {
    this.#cells = cells;
  }

  scalar(series: ScalarSeries): ScalarContribution | undefined {
    return this.#scalars.get(series);
  }

  distribution(series: DistributionSeries): DistributionContribution | undefined {
    return this.#distributions.get(series);
  }

  /** Lets a cell of another thread count as part of a series. Returns what ends that, once the thread has ended. */
  addScalar(series: ScalarSeries, cell: ScalarCell): () => void {
    let contribution = this.#scalars.get(series);
    if (contribution === undefined) {
      contribution = new ScalarContribution(series);
      this.#scalars.set(series, contribution);
    }
    const joined = contribution;
    joined.add(cell);
    return () => {
      if (joined.end(cell)) this.#scalars.delete(series);
    };
  }

  /** See `addScalar`. */
  addDistribution(series: DistributionSeries, source: DistributionSource): () => void {
    let contribution = this.#distributions.get(series);
    if (contribution === undefined) {
      contribution = new DistributionContribution(series.cell, this.#cells);
      this.#distributions.set(series, contribution);
    }
    const joined = contribution;
    joined.add(source);
    return () => {
      if (joined.end(source)) this.#distributions.delete(series);
    };
  }

  /** Looks at the counters and gauges of all threads; to be called before a collection. */
  refresh(): void {
    for (const contribution of this.#scalars.values()) contribution.refresh();
  }
}
