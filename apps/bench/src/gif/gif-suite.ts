import type { Figure } from "../figure.ts";
import type { BenchGif } from "./bench-set.ts";

/** One of the claims about the GIF systems: prints its tables, returns its figures. */
export interface GifSuite {
  readonly name: string;
  readonly run: (set: readonly BenchGif[]) => Promise<readonly Figure[]>;
}
