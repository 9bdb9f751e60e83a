import { HIGH_WORD } from "./bucket-layout.ts";
import {
  DIRECTORY_ENTRIES,
  type DistributionCell,
  type DistributionCells,
  EPOCH,
  HEADER_CELLS,
  LAST,
  MAX,
  MIN,
  SEEN,
  SKIPPED,
} from "./distribution-cells.ts";
import type { RejectValue } from "./scalar-cells.ts";
import type { SeriesDescriptor } from "./snapshot.ts";

/** Decides which calls of a timer or histogram are measured at a sampling rate below 1; all are counted. */
export interface Sampling {
  /** 0 (exclusive) to 1. */
  rate: number;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

/** Keeps `skip` a small integer. */
const MAX_SKIP = 2 ** 30 - 1;

function isRecordable(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value);
}

/** Records values into the cells of one histogram or timer: about 8 ns, no allocation after the first value of an octave. */
export class DistributionRecorder {
  /** The header's own eight slots and the directory's own entries: constant positions are faster than offsets. */
  declare private readonly header: Float64Array;
  declare private readonly directory: Uint32Array;
  /** The upper half of the header's LAST slot: sign, exponent and leading bits of the value just recorded. */
  declare private readonly highWord: Uint32Array;
  declare private readonly slabs: readonly Uint32Array[];
  declare readonly cell: DistributionCell;
  declare private readonly cells: DistributionCells;
  declare private readonly sampling: Sampling;
  declare descriptor: SeriesDescriptor;
  declare protected readonly reject: RejectValue;
  /** 0 measures every call; otherwise the next one measured is the `skip`th from now, or the first after a collection. */
  protected skip = 0;

  constructor(
    cell: DistributionCell,
    cells: DistributionCells,
    sampling: Sampling,
    descriptor: SeriesDescriptor,
    reject: RejectValue,
  ) {
    this.header = cell.header.subarray(cell.at, cell.at + HEADER_CELLS);
    this.directory = cell.directory.subarray(cell.directoryAt, cell.directoryAt + DIRECTORY_ENTRIES);
    this.highWord = new Uint32Array(cell.header.buffer, this.header.byteOffset + LAST * 8 + HIGH_WORD * 4, 1);
    this.slabs = cells.slabs;
    this.cell = cell;
    this.cells = cells;
    this.sampling = sampling;
    this.descriptor = descriptor;
    this.reject = reject;
    this.restartSampling();
  }

  /** Begins anew with the sampling rate as it is now: one comparison with 0 on the hot path instead of a look at the rate. */
  restartSampling(): void {
    this.skip = this.sampling.rate === 1 ? 0 : 1;
  }

  /**
   * Whether the next call is to be measured; if not, it is counted here and nothing else is to be done.
   * The first call after each collection is always measured, so that every count has a distribution to be scaled from.
   */
  take(): boolean {
    const { header } = this;
    if (this.skip > 1 && header[SEEN] === header[EPOCH]) {
      this.skip--;
      header[SKIPPED]!++;
      return false;
    }
    // Drawn now and not when the value is known, so that measurements that overlap are thinned out too.
    this.drawSkip();
    return true;
  }

  /** Records a value that `take` let through. */
  put(value: number): void {
    // The constants of distribution-cells.ts and bucket-layout.ts once more, as locals: the compiler folds these into the
    // code, but would load module variables from memory on every call (8 ns became 12).
    const ZERO = 1;
    const SUM = 2;
    const LAST = 3;
    const MIN = 4;
    const MAX = 5;
    const SEEN = 6;
    const EPOCH = 7;
    const EXPONENT_OFFSET = 993;
    const OCTAVES = 70;
    const { header } = this;
    if (typeof value !== "number" || value - value !== 0) {
      this.reject(this.descriptor.name, value);
      return;
    }
    if (header[SEEN] !== header[EPOCH]) this.beginEpoch();
    header[SUM]! += value;
    header[LAST] = value;
    if (value < header[MIN]!) header[MIN] = value;
    if (value > header[MAX]!) header[MAX] = value;
    const high = this.highWord[0]!;
    let octave = ((high >>> 20) & 0x7ff) - EXPONENT_OFFSET;
    if (octave < 0) {
      header[ZERO]!++;
      return;
    }
    let place = (high >>> 14) & 63;
    if (octave >= OCTAVES) {
      octave = OCTAVES - 1;
      place = 63;
    }
    if (high >>> 31 === 1) octave += OCTAVES;
    let block = this.directory[octave]!;
    if (block === 0) block = this.cells.allocateBlock(this.cell, octave);
    this.slabs[block >>> 8]![((block & 255) << 6) + place]!++;
  }

  record(value: number): void {
    // What cannot be recorded is rejected by `put`; it is no call that could be left out.
    if (this.skip === 0 || !isRecordable(value) || this.take()) this.put(value);
  }

  private beginEpoch(): void {
    const { header } = this;
    header[SEEN] = header[EPOCH]!;
    header[MIN] = Number.POSITIVE_INFINITY;
    header[MAX] = Number.NEGATIVE_INFINITY;
  }

  /** Geometric distance to the next measured call: every call has the same chance, and no pattern of calls can dodge it. */
  private drawSkip(): void {
    const { rate, random } = this.sampling;
    this.skip = Math.min(MAX_SKIP, 1 + Math.floor(Math.log1p(-random()) / Math.log1p(-rate)));
  }
}
