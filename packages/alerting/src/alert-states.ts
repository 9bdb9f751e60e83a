import { isMetricsError, MetricsError, type StateEntry, type StateStore } from "@giflab/metrics-core";
import type { AlertRule } from "./alert-rule.ts";
import { type EvaluationTurn, evaluationTurn } from "./evaluation-lease.ts";
import type { Judgement } from "./judgement.ts";
import {
  parseRuleState,
  RULE_STATE_PREFIX,
  type RuleState,
  ruleOfStateKey,
  ruleStateKey,
  type SeriesState,
} from "./rule-state.ts";
import { type RuleStep, stepRule } from "./step-rule.ts";

const ATTEMPTS = 5;
/** A slower evaluator lags by seconds; a state from further ahead was written by a clock that was wrong. */
const MAX_LAG_SECONDS = 60;
/** States of a rule that nobody has evaluated for so long are forgotten. */
const FORGET_SECONDS = 30 * 86_400;

/** A rule after an evaluation. */
export interface RecordedStep extends RuleStep {
  /** False when the store could not be written. */
  readonly recorded: boolean;
}

/**
 * The states of rules as they lie beside the metrics, a document for each rule that is not inactive. Evaluators in any
 * number of processes step them by compare-and-set: whoever is first records a transition, the others go on from there.
 * From the first change to `end()` one evaluator has its turn, as far as that can be had: see `evaluationTurn`.
 */
export class AlertStates {
  readonly #store: StateStore;
  readonly #rule: string | undefined;
  #entries: ReadonlyMap<string, StateEntry> = new Map();
  #turn: EvaluationTurn | undefined;

  private constructor(store: StateStore, rule: string | undefined) {
    this.#store = store;
    this.#rule = rule;
  }

  /** Reads the states of all rules, or of one. Throws the store's errors. */
  static async load(store: StateStore, rule?: string): Promise<AlertStates> {
    const states = new AlertStates(store, rule);
    await states.#read();
    return states;
  }

  /** Lets others record. Idempotent. */
  async end(): Promise<void> {
    const turn = this.#turn;
    this.#turn = undefined;
    await turn?.end();
  }

  /** Steps a rule and stores what has changed. Throws what is no error of the store. */
  async step(rule: AlertRule, judgements: readonly Judgement[], at: number): Promise<RecordedStep> {
    let entry = this.#entries.get(rule.name);
    for (let attempt = 0; ; attempt++) {
      const before = parseRuleState(entry);
      const step = stepRule(rule, judgements, before, at);
      // Somebody has judged later than we: his word is newer, and nothing of ours is recorded.
      const late = before.at > at && before.at - at <= MAX_LAG_SECONDS;
      if (late) return { ...step, transitions: [], recorded: true };
      if (!step.changed) return { ...step, recorded: true };
      try {
        if (this.#turn === undefined) {
          this.#turn = await evaluationTurn(this.#store, at);
          if (this.#turn.waited) {
            await this.#read();
            entry = this.#entries.get(rule.name);
            continue;
          }
        }
        const value = step.next.series.length === 0 ? undefined : JSON.stringify(step.next);
        const version = await this.#store.compareAndSet(ruleStateKey(rule.name), entry?.version ?? 0, value);
        if (version !== undefined) return { ...step, recorded: true };
        entry = await this.#store.get(ruleStateKey(rule.name));
      } catch (error) {
        if (!isMetricsError(error)) throw error;
        return { ...step, recorded: false };
      }
      if (attempt === ATTEMPTS) return { ...step, transitions: [], recorded: false };
    }
  }

  async #read(): Promise<void> {
    const rule = this.#rule;
    const one = rule === undefined ? undefined : await this.#store.get(ruleStateKey(rule));
    const entries = rule === undefined ? await this.#store.list(RULE_STATE_PREFIX) : one === undefined ? [] : [one];
    this.#entries = new Map(entries.map((entry) => [ruleOfStateKey(entry.key), entry]));
  }

  /** Forgets states of rules that are not among `rules` and that nobody has changed for a month. */
  async forgetOthers(rules: ReadonlySet<string>, now: number): Promise<void> {
    for (const [rule, entry] of this.#entries) {
      if (rules.has(rule)) continue;
      const state = parseRuleState(entry);
      if (now - state.at <= FORGET_SECONDS) continue;
      await this.#store.compareAndSet(entry.key, entry.version, undefined).catch(ignoreStoreErrors);
    }
  }
}

function ignoreStoreErrors(error: unknown): undefined {
  if (!isMetricsError(error)) throw error;
  return undefined;
}

/**
 * Changes the remembered series of a rule; `change` gives the very same object for those that stay. Resolves to how many
 * have changed. Throws the store's errors, and `BACKEND_BUSY` when others were always faster.
 */
export async function changeSeriesStates(
  store: StateStore,
  rule: string,
  change: (series: SeriesState) => SeriesState,
): Promise<number> {
  const key = ruleStateKey(rule);
  for (let attempt = 0; attempt <= ATTEMPTS; attempt++) {
    const entry = await store.get(key);
    const before = parseRuleState(entry);
    const series = before.series.map(change);
    const changed = series.filter((one, index) => one !== before.series[index]).length;
    if (changed === 0) return 0;
    const next: RuleState = { ...before, series };
    if ((await store.compareAndSet(key, entry!.version, JSON.stringify(next))) !== undefined) return changed;
  }
  throw new MetricsError("BACKEND_BUSY", `the state of rule ${rule} changes all the time: try again`);
}

/** Forgets the states of a rule: it has none any more. Throws the store's errors. */
export async function forgetStates(store: StateStore, rule: string): Promise<void> {
  for (let attempt = 0; attempt <= ATTEMPTS; attempt++) {
    const entry = await store.get(ruleStateKey(rule));
    if (entry === undefined || (await store.compareAndSet(entry.key, entry.version, undefined)) !== undefined) return;
  }
}
