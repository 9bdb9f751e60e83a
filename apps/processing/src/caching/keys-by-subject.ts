import type { FileVersion } from "./file-version.ts";

/** Every look-up asks, and mostly there are none. */
const NONE: readonly string[] = [];

/** Which keys are kept for which file, so that all of a file can be found, and those of its earlier versions. */
export class KeysBySubject {
  readonly #versions = new Map<string, Map<string, string>>();
  readonly #subjects = new Map<string, string>();

  add(key: string, { subject, version }: FileVersion): void {
    this.remove(key);
    let keys = this.#versions.get(subject);
    if (keys === undefined) {
      keys = new Map();
      this.#versions.set(subject, keys);
    }
    keys.set(key, version);
    this.#subjects.set(key, subject);
  }

  remove(key: string): void {
    const subject = this.#subjects.get(key);
    if (subject === undefined) return;
    this.#subjects.delete(key);
    const keys = this.#versions.get(subject)!;
    keys.delete(key);
    if (keys.size === 0) this.#versions.delete(subject);
  }

  /** The keys of a subject, without those of one version. */
  of(subject: string, exceptVersion?: string): readonly string[] {
    const keys = this.#versions.get(subject);
    if (keys === undefined) return NONE;
    let found: string[] | undefined;
    for (const [key, version] of keys) if (version !== exceptVersion) (found ??= []).push(key);
    return found ?? NONE;
  }

  clear(): void {
    this.#versions.clear();
    this.#subjects.clear();
  }
}
