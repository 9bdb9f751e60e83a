import { globMatcher, type Tags } from "@giflab/metrics-core";
import type { AlertRuleOptions, TagFilter } from "./alert-rule-options.ts";

type TagTest = readonly [tag: string, matches: (value: string) => boolean];

/** Which series a rule is about: by name, and by tags. */
export class SeriesFilter {
  readonly #excluded: ((name: string) => boolean) | undefined;
  readonly #wanted: readonly TagTest[];
  readonly #unwanted: readonly TagTest[];

  constructor({ exclude, tags = {}, excludeTags = {} }: Pick<AlertRuleOptions, "exclude" | "tags" | "excludeTags">) {
    this.#excluded = exclude === undefined ? undefined : globMatcher(exclude);
    this.#wanted = testsOf(tags);
    this.#unwanted = testsOf(excludeTags);
  }

  /** Whether a series whose name matches the rule's pattern is judged. */
  takes(name: string, tags: Tags): boolean {
    const has = ([tag, matches]: TagTest): boolean => Object.hasOwn(tags, tag) && matches(tags[tag]!);
    return this.#excluded?.(name) !== true && this.#wanted.every(has) && !this.#unwanted.some(has);
  }
}

function testsOf(filter: TagFilter): readonly TagTest[] {
  return Object.entries(filter).map(([tag, values]) => [tag, globMatcher(values)]);
}
