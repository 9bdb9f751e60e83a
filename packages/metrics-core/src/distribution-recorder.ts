import { HIGH_WORD, MIN_EXPONENT, OCTAVES } from "./bucket-layout.ts";
import type { RejectValue } from "./counter.ts";
import {
  COUNT,
  type DistributionCell,
  type DistributionCells,
  EPOCH,
  LAST,
  MAX,
  MIN,
  SEEN,
  SUM,
  ZERO,
} from "./distribution-cells.ts";

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
const EXPONENT_OFFSET = 1023 + MIN_EXPONENT;

/** Decides which calls of a timer or histogram are measured at a sampling rate below 1; all are counted. */
export interface Sampling {
  /** 0 (exclusive) to 1. */
  rate: number;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

/** Records values into the cells of one histogram or timer: about 8 ns, no allocation after the first value of an octave. */
export class DistributionRecorder {
  private readonly header: Float64Array;
  private readonly at: number;
  private readonly directory: Uint32Array;
  private readonly directoryAt: number;
  private readonly slabs: readonly Uint32Array[];
  private readonly cell: DistributionCell;
  private readonly cells: DistributionCells;
  private readonly sampling: Sampling;
  private readonly name: string;
  private readonly reject: RejectValue;
  /** Calls to let pass before the next one is measured. */
  private skip = 0;

  constructor(cell: DistributionCell, cells: DistributionCells, sampling: Sampling, name: string, reject: RejectValue) {
    this.header = cell.header;
    this.at = cell.at;
    this.directory = cell.directory;
    this.directoryAt = cell.directoryAt;
    this.slabs = cells.slabs;
    this.cell = cell;
    this.cells = cells;
    this.sampling = sampling;
    this.name = name;
    this.reject = reject;
  }

  /**
   * Whether the next call is to be measured; if not, it is counted here and nothing else is to be done.
   * The first call after each collection is always measured, so that every count has a distribution to be scaled from.
   */
  take(): boolean {
    const { header, at } = this;
    if (header[at + SEEN] === header[at + EPOCH] && this.skip > 0) {
      this.skip--;
      header[at + COUNT]!++;
      return false;
    }
    return true;
  }

  /** Records a value that `take` let through. */
  put(value: number): void {
    const { header, at } = this;
    if (value - value !== 0) {
      this.reject(this.name, value);
      return;
    }
    if (header[at + SEEN] !== header[at + EPOCH]) this.beginEpoch();
    header[at + COUNT]!++;
    header[at + SUM]! += value;
    header[at + LAST] = value;
    if (value < header[at + MIN]!) header[at + MIN] = value;
    if (value > header[at + MAX]!) header[at + MAX] = value;
    if (this.sampling.rate < 1) this.drawSkip();
    scratch[0] = value;
    const high = words[HIGH_WORD]!;
    let octave = ((high >>> 20) & 0x7ff) - EXPONENT_OFFSET;
    if (octave < 0) {
      header[at + ZERO]!++;
      return;
    }
    let place = (high >>> 14) & 63;
    if (octave >= OCTAVES) {
      octave = OCTAVES - 1;
      place = 63;
    }
    if (high >>> 31 === 1) octave += OCTAVES;
    let block = this.directory[this.directoryAt + octave]!;
    if (block === 0) block = this.cells.allocateBlock(this.cell, octave);
    this.slabs[block >>> 8]![((block & 255) << 6) + place]!++;
  }

  record(value: number): void {
    if (this.sampling.rate === 1 || this.take()) this.put(value);
  }

  private beginEpoch(): void {
    const { header, at } = this;
    header[at + SEEN] = header[at + EPOCH]!;
    header[at + MIN] = Number.POSITIVE_INFINITY;
    header[at + MAX] = Number.NEGATIVE_INFINITY;
  }

  /** Geometric distance to the next measured call: every call has the same chance, and no pattern of calls can dodge it. */
  private drawSkip(): void {
    const { rate, random } = this.sampling;
    this.skip = Math.floor(Math.log(1 - random()) / Math.log(1 - rate));
  }
}
