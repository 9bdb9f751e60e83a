/** Gives back what was taken. Once. */
export type ReturnPixels = () => void;

/**
 * Bounds the pixels of all GIFs that are worked on at once: ten small ones may be in memory together, of very large ones
 * just one. First come, first served; one that is larger than the whole budget waits until it is alone.
 */
export class PixelBudget {
  readonly #limit: number;
  #taken = 0;
  readonly #waiting: { readonly pixels: number; readonly start: (giveBack: ReturnPixels) => void }[] = [];

  /** @throws RangeError for a limit below 1 */
  constructor(limitPixels: number) {
    if (!(limitPixels >= 1)) throw new RangeError(`limitPixels must be at least 1, got ${limitPixels}`);
    this.#limit = limitPixels;
  }

  /** Resolves when there is room for `pixels`. Call what it resolves to when they are no longer needed. */
  take(pixels: number): Promise<ReturnPixels> {
    return new Promise((resolve) => {
      this.#waiting.push({ pixels: Math.min(Math.max(0, pixels), this.#limit), start: resolve });
      this.#admit();
    });
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const { pixels, start } = next;
      if (this.#taken + pixels > this.#limit) return;
      this.#waiting.shift();
      this.#taken += pixels;
      let returned = false;
      start(() => {
        if (returned) return;
        returned = true;
        this.#taken -= pixels;
        this.#admit();
      });
    }
  }
}
