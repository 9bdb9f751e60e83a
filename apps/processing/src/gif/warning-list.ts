const KEPT = 20;

/** Collects warnings of one file: the first twenty in words, the others as a number. */
export class WarningList {
  readonly #kept: string[] = [];
  #dropped = 0;

  constructor(initial: readonly string[] = []) {
    for (const warning of initial) this.add(warning);
  }

  add(warning: string): void {
    if (this.#kept.length < KEPT) this.#kept.push(warning);
    else this.#dropped++;
  }

  /** Puts one before all others. */
  addFirst(warning: string): void {
    this.#kept.unshift(warning);
    if (this.#kept.length <= KEPT) return;
    this.#kept.pop();
    this.#dropped++;
  }

  list(): string[] {
    return this.#dropped === 0 ? [...this.#kept] : [...this.#kept, `and ${this.#dropped} more`];
  }
}
