import { appendFile } from "node:fs/promises";
import { withEnvironment } from "./environment-text.ts";
import type { Notification, NotifiedAlert } from "./notification.ts";
import { notificationText } from "./notification-text.ts";
import type { NotifierOptions, NotifierSettings } from "./notifier-options.ts";
import { postJson } from "./post-json.ts";
import { runProgram } from "./run-program.ts";
import { isoTime, webhookPayload } from "./webhook-payload.ts";

/** Tells of a notification, with so many attempts where another one can help. Rejects when it could not. */
export type Deliver = (notification: Notification, attempts?: number) => Promise<void>;

/** An alert that is not sent again is over for an Alertmanager after this long, unless `resendSeconds` is longer. */
const LEAST_VALID_SECONDS = 300;
/** As Prometheus does: an alert outlives three evaluations that fail. */
const MISSED_RESENDS = 4;

export interface DeliverOptions {
  /** Seconds between two evaluations, if somebody evaluates again and again. */
  readonly resendSeconds?: number | undefined;
}

/** How a notifier tells. Throws `INVALID_OPTION` for a variable that the environment does not have. */
export function deliverer(
  options: NotifierOptions,
  settings: NotifierSettings,
  { resendSeconds = 0 }: DeliverOptions,
): Deliver {
  const { timeoutSeconds } = settings;
  const what = `notifier ${JSON.stringify(settings.name)}`;
  const post = (path = ""): ((body: unknown, attempts?: number) => Promise<void>) => {
    const given = options as NotifierOptions & {
      readonly url: string;
      readonly headers?: Readonly<Record<string, string>>;
    };
    const url = withEnvironment(given.url, what).replace(/\/+$/, "") + path;
    const headers = Object.fromEntries(
      Object.entries(given.headers ?? {}).map(([name, value]) => [name, withEnvironment(value, what)]),
    );
    return (body, attempts) => postJson(url, body, { headers, timeoutSeconds, attempts });
  };
  switch (options.type) {
    case "console":
      return async (notification) => {
        const { title, lines } = notificationText(notification);
        process.stderr.write([`giflab alerts: ${title}`, ...lines.map((line) => `  ${line}`), ""].join("\n"));
      };
    case "log":
      return (notification) =>
        appendFile(
          options.path,
          `${JSON.stringify({ time: isoTime(notification.at), ...webhookPayload(notification) })}\n`,
          { mode: 0o600 },
        );
    case "webhook": {
      const send = post();
      return (notification, attempts) => send(webhookPayload(notification), attempts);
    }
    case "slack": {
      const send = post();
      return (notification, attempts) => {
        const { title, lines } = notificationText(notification);
        const escaped = (text: string): string =>
          text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
        return send({ text: [`*${escaped(title)}*`, ...lines.map(escaped)].join("\n") }, attempts);
      };
    }
    case "alertmanager": {
      const send = post("/api/v2/alerts");
      const valid = Math.max(LEAST_VALID_SECONDS, MISSED_RESENDS * resendSeconds);
      const alertOf = ({ labels, annotations, startsAt }: NotifiedAlert, endsAt: number): object => ({
        labels,
        annotations,
        startsAt: isoTime(startsAt),
        endsAt: isoTime(endsAt),
      });
      return ({ at, firing, resolved }, attempts) => {
        const over = resolved.map((one) => alertOf(one, one.endedAt ?? at));
        return send([...firing.map((one) => alertOf(one, at + valid)), ...over], attempts);
      };
    }
    case "exec":
      return (notification) => {
        const { title } = notificationText(notification);
        const status = notification.firing.length > 0 ? "firing" : "resolved";
        const environment = { GIFLAB_ALERT_STATUS: status, GIFLAB_ALERT_TITLE: title };
        return runProgram(options.command, JSON.stringify(webhookPayload(notification)), {
          timeoutSeconds,
          environment,
        });
      };
  }
}
