import { type Duration, durationSeconds, MetricsError } from "@giflab/metrics-core";
import { duration, type OptionCheck, type OptionChecks, oneOf, record, text, texts } from "../option-check.ts";
import { optionProblems } from "../rule-problems.ts";

/** What every notifier has. */
interface NotifierBase {
  /** Unique; what a rule's `notifiers` names. */
  readonly name: string;
  /** Alerts that have these in common are told of together: `rule`, `level`, `metric`, a tag or a label; default `["rule"]`. */
  readonly groupBy?: readonly string[];
  /** How often one is reminded of what still fires and nobody has acknowledged; default `4h`. */
  readonly repeatInterval?: Duration;
  /** Whether it is told of the end of an alert; default true. */
  readonly sendResolved?: boolean;
  /** For one attempt; default 10 seconds. */
  readonly timeout?: Duration;
}

/**
 * How people are told of alerts. In `url` and `headers`, `${NAME}` stands for a variable of the environment; that is the only
 * way in for secrets.
 */
export type NotifierOptions = NotifierBase &
  (
    | { readonly type: "console" }
    /** A line of JSON per notification, appended. */
    | { readonly type: "log"; readonly path: string }
    /** Alertmanager's webhook payload, version 4. */
    | { readonly type: "webhook"; readonly url: string; readonly headers?: { readonly [name: string]: string } }
    /** An incoming webhook of Slack, or of what is compatible with it. */
    | { readonly type: "slack"; readonly url: string }
    /** An Alertmanager: the base address of its API v2. */
    | { readonly type: "alertmanager"; readonly url: string; readonly headers?: { readonly [name: string]: string } }
    /** A program with its arguments, run without a shell; the webhook payload is on its stdin. */
    | { readonly type: "exec"; readonly command: readonly string[] }
  );

export const NOTIFIER_TYPES = ["console", "log", "webhook", "slack", "alertmanager", "exec"] as const;

const DEFAULT_REPEAT_SECONDS = 4 * 3600;
const DEFAULT_TIMEOUT_SECONDS = 10;
const VARIABLE_FORM = `\${NAME}`;
const VARIABLE = /\$\{[A-Za-z_]\w*\}/;

const boolean: OptionCheck = { allowed: "true or false", good: (value) => typeof value === "boolean", schema: {} };
const command: OptionCheck = {
  ...texts(4096),
  allowed: 'a program with its arguments, such as ["/usr/bin/notify", "--now"]',
  good: (value) => texts(4096).good(value) && (value as readonly unknown[]).length > 0,
};

const base = {
  name: text(100),
  type: oneOf(NOTIFIER_TYPES),
  groupBy: texts(100),
  repeatInterval: duration({ above0: true }),
  sendResolved: boolean,
  timeout: duration({ above0: true }),
};

const url = text(2000, `an address, or ${VARIABLE_FORM} for one that the environment holds`);
const headers = record(text(4000), "an object of texts");

const CHECKS: { readonly [type in NotifierOptions["type"]]: Readonly<Record<string, OptionCheck>> } = {
  console: base,
  log: { ...base, path: text(4096, "the path of a file") },
  webhook: { ...base, url, headers },
  slack: { ...base, url },
  alertmanager: { ...base, url, headers },
  exec: { ...base, command },
};

const REQUIRED: { readonly [type in NotifierOptions["type"]]: readonly string[] } = {
  console: [],
  log: ["path"],
  webhook: ["url"],
  slack: ["url"],
  alertmanager: ["url"],
  exec: ["command"],
};

/** The resolved common part. */
export interface NotifierSettings {
  readonly name: string;
  readonly groupBy: readonly string[];
  readonly repeatSeconds: number;
  readonly sendResolved: boolean;
  readonly timeoutSeconds: number;
}

/**
 * The common settings of a notifier. Throws `INVALID_OPTION` that names notifier, option, the value got (never of an option
 * that may hold a secret) and what is allowed.
 */
export function notifierSettings(options: NotifierOptions): NotifierSettings {
  const type = (options as Partial<NotifierOptions> | null)?.type;
  const known = NOTIFIER_TYPES.find((one) => one === type);
  const checks = known === undefined ? base : CHECKS[known];
  const required = ["name", "type", ...(known === undefined ? [] : REQUIRED[known])];
  const problems = optionProblems(options as never, checks as OptionChecks<never>, required as never).map(
    ({ path, message }) => (path[0] === "url" || path[0] === "headers" ? message.replace(/, got .*/s, "") : message),
  );
  if (problems.length === 0) problems.push(...secretProblems(options));
  if (problems.length > 0) {
    throw new MetricsError("INVALID_OPTION", `notifier ${JSON.stringify(options?.name)}: ${problems.join("; ")}`);
  }
  const { name, groupBy = ["rule"], repeatInterval, sendResolved = true, timeout } = options;
  return {
    name,
    groupBy,
    repeatSeconds: durationSeconds(repeatInterval) ?? DEFAULT_REPEAT_SECONDS,
    sendResolved,
    timeoutSeconds: durationSeconds(timeout) ?? DEFAULT_TIMEOUT_SECONDS,
  };
}

/** A configuration is read by many; what gives access belongs into the environment. */
function secretProblems(options: NotifierOptions): string[] {
  const problems: string[] = [];
  const advice = `write ${VARIABLE_FORM}, and put it into that variable of the environment`;
  if (options.type === "slack" && !VARIABLE.test(options.url)) {
    problems.push(`url of a Slack webhook is a secret: ${advice}`);
  }
  if ("url" in options && /^[a-z]+:\/\/[^/]*:[^/$]*@/i.test(options.url))
    problems.push(`url holds a password: ${advice}`);
  if ("headers" in options) {
    for (const [header, value] of Object.entries(options.headers ?? {})) {
      const secret = /auth|token|key|secret|cookie/i.test(header) && !VARIABLE.test(value);
      if (secret) problems.push(`headers.${header} is a secret: ${advice}`);
    }
  }
  return problems;
}
