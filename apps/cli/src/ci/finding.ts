/** What a check in a CI job came to, for the formats that CI systems show. */
export interface Finding {
  /** What was checked, such as a metric with its tags. */
  readonly name: string;
  readonly outcome: "passed" | "failed" | "warned" | "undecided";
  /** One line for people. */
  readonly message: string;
}
