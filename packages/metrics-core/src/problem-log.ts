import type { SeriesRegistry } from "./series-registry.ts";
import type { TagInput } from "./tag-set.ts";

/** Kinds of problem that are said, each once; a program that makes up ever new reasons is not echoed without end. */
const MAX_SAID = 100;

/** Counts what goes wrong inside monitoring, as metrics of its own, and says each kind of problem once. Never throws. */
export class ProblemLog {
  readonly #registry: () => SeriesRegistry;
  readonly #onWarning: () => (message: string) => void;
  readonly #said = new Set<string>();
  #counting = false;

  /** Both are asked when they are needed: the registry reports problems itself, and the listener may be replaced. */
  constructor(registry: () => SeriesRegistry, onWarning: () => (message: string) => void) {
    this.#registry = registry;
    this.#onWarning = onWarning;
  }

  /** @param about what the problem is with, where several things can have the same one: each is said once. */
  error(reason: string, error?: unknown, about?: string): void {
    this.count("giflab.monitoring.errors", 1, { reason });
    if (!this.#mayBeSaid(about === undefined ? reason : `${reason} ${about}`)) return;
    const detail = error === undefined ? "" : errorText(error);
    this.warn(`${errorText(reason).replaceAll("_", " ")}${detail === "" ? "" : `: ${detail}`}`);
  }

  dropped(backend: string, points: number, why: string): void {
    this.count("giflab.monitoring.dropped", points, { backend });
    if (!this.#mayBeSaid(`dropped ${backend}`)) return;
    this.warn(`${points} metric points were dropped (${why}); giflab.monitoring.dropped counts them from now on`);
  }

  /** Counts without saying anything. */
  count(name: string, amount: number, tags: TagInput): void {
    // What goes wrong while something is counted, such as a cap that is reached, is not counted in turn without end.
    if (this.#counting) return;
    this.#counting = true;
    try {
      this.#registry().find(name, "counter", tags)?.add(amount);
    } catch {
      // A reason that cannot be read.
    } finally {
      this.#counting = false;
    }
  }

  /** Says something each time. */
  warn(message: string): void {
    this.#say(`giflab: ${message}`);
  }

  /** Says what a worker thread has to say, once however many of them say it. */
  passOn(message: string): void {
    if (this.#mayBeSaid(message)) this.#say(message);
  }

  #say(message: string): void {
    try {
      this.#onWarning()(message);
    } catch {
      // A warning must not become an error of the host.
    }
  }

  /** True once per problem, and for a bounded number of them. */
  #mayBeSaid(problem: string): boolean {
    if (this.#counting || this.#said.has(problem) || this.#said.size >= MAX_SAID) return false;
    this.#said.add(problem);
    return true;
  }
}

/** What an error says, whatever was thrown. */
export function errorText(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return "an error without a message";
  }
}
