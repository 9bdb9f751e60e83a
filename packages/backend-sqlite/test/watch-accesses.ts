import Database from "better-sqlite3";

/** By the function that an access is made for; the first that is on the stack. */
const STAGES: readonly (readonly [string, RegExp])[] = [
  ["flush", /snapshot-writer\.ts/],
  ["migration", /migrateSchema/],
  ["checkpoint", /keepLogShort|awaitsShortLog/],
  ["vacuum", /vacuumInSteps/],
  ["size cap", /makeRoom/],
  ["retention", /deleteExpired/],
  ["seal", /seal\.ts/],
  ["roll-up", /roll-up\.ts/],
];

/** Accesses to databases by the stage of writing or upkeep that they belong to. */
export interface Stages {
  readonly [stage: string]: { accesses: number; microseconds: number; errors: number };
}

/** What is told of each access before it is made: its stage, and which one of the stage it is, from 1. */
export type OnAccess = (stage: string, number: number) => void;

type Method = (this: Database.Statement, ...args: unknown[]) => unknown;

/** Files and functions on the stack. Not `stack` as it is: a test runner maps each line of that to its source. */
function callers(): string {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  Error.prepareStackTrace = (_, frames) =>
    frames.map((frame) => `${frame.getFileName()} ${frame.getFunctionName()}`).join("\n");
  try {
    return new Error().stack!;
  } finally {
    Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  }
}

/** From now on every access of this process that may change a database is counted in `stages`, and told first. */
export function watchAccesses(stages: Record<string, Stages[string]>, onAccess: OnAccess): void {
  const wrap = (on: object, name: string, counts: (statement: Database.Statement) => boolean): void => {
    const methods = on as Record<string, Method>;
    const original = methods[name]!;
    methods[name] = function (...args) {
      return counts(this) ? access(() => original.apply(this, args)) : original.apply(this, args);
    };
  };
  const access = (work: () => unknown): unknown => {
    const stack = callers();
    const stage = STAGES.find(([, pattern]) => pattern.test(stack))?.[0] ?? "rest";
    stages[stage] ??= { accesses: 0, microseconds: 0, errors: 0 };
    const seen = stages[stage];
    onAccess(stage, ++seen.accesses);
    const begun = performance.now();
    try {
      return work();
    } catch (error) {
      seen.errors++;
      throw error;
    } finally {
      seen.microseconds += (performance.now() - begun) * 1000;
    }
  };
  for (const name of ["exec", "pragma"]) wrap(Database.prototype, name, () => true);
  const sample = new Database(":memory:");
  const onStatement = Object.getPrototypeOf(sample.prepare("SELECT 1")) as object;
  sample.close();
  // What only reads leaves nothing behind to be torn.
  for (const name of ["run", "get"])
    wrap(onStatement, name, ({ readonly, source }) => !readonly || source === "COMMIT");
}
