import {
  DIRECTORY_ENTRIES,
  type DistributionCell,
  type DistributionCells,
  EPOCH,
  LAST,
  MAX,
  MIN,
  SEEN,
  SKIPPED,
  SUM,
  ZERO,
} from "../distribution-cells.ts";
import type { DistributionSource } from "../distribution-source.ts";

/** What worker threads add to a histogram or timer of this process. */
export class DistributionContribution {
  readonly #own: DistributionSource;
  readonly #cells: DistributionCells;
  /** In the order in which threads joined. */
  readonly #others: DistributionSource[] = [];
  /** That in which a value was found most recently. */
  latest: DistributionSource;
  /** This process's own cells and those of threads that run. */
  sources: readonly DistributionSource[];

  constructor(cell: DistributionCell, cells: DistributionCells) {
    this.#cells = cells;
    this.#own = { cell, slabs: cells.slabs };
    this.latest = this.#own;
    this.sources = [this.#own];
  }

  add(source: DistributionSource): void {
    this.#others.push(source);
    this.sources = [this.#own, ...this.#others];
  }

  /**
   * Moves what an ended thread recorded into this process's own cells, so that the sum over the sources stays as it is.
   * Returns whether the series can do without this contribution from now on.
   */
  end(source: DistributionSource): boolean {
    const at = this.#others.indexOf(source);
    this.#others.splice(at, 1);
    this.sources = [this.#own, ...this.#others];
    this.#take(source);
    if (this.latest === source) this.latest = this.#own;
    return this.#others.length === 0;
  }

  #take({ cell: from, slabs }: DistributionSource): void {
    const { cell } = this.#own;
    for (let entry = 0; entry < DIRECTORY_ENTRIES; entry++) {
      const block = from.directory[from.directoryAt + entry]!;
      const counts = slabs[block >>> 8];
      if (block === 0 || counts === undefined) continue;
      const into = cell.directory[cell.directoryAt + entry]! || this.#cells.allocateBlock(cell, entry);
      const slab = this.#cells.slabs[into >>> 8]!;
      for (let place = 0; place < 64; place++) {
        slab[((into & 255) << 6) + place]! += counts[((block & 255) << 6) + place]!;
      }
    }
    const { header, at } = cell;
    const theirs = from.header.subarray(from.at, from.at + EPOCH + 1);
    for (const slot of [SKIPPED, ZERO, SUM]) header[at + slot]! += theirs[slot]!;
    if (theirs[SEEN] === theirs[EPOCH] || this.latest.cell === from) header[at + LAST] = theirs[LAST]!;
    if (header[at + SEEN] !== header[at + EPOCH]) {
      header[at + SEEN] = header[at + EPOCH]!;
      header[at + MIN] = Number.POSITIVE_INFINITY;
      header[at + MAX] = Number.NEGATIVE_INFINITY;
    }
    if (theirs[SEEN] !== theirs[EPOCH]) return;
    header[at + MIN] = Math.min(header[at + MIN]!, theirs[MIN]!);
    header[at + MAX] = Math.max(header[at + MAX]!, theirs[MAX]!);
  }
}
