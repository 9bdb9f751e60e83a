import { fingerprint, type Notification, type NotifiedAlert } from "./notification.ts";

/** What Alertmanager writes for "not over": the zero of Go's time. */
const NEVER = "0001-01-01T00:00:00Z";

/** Alertmanager's webhook payload, version 4: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
export function webhookPayload({ notifier, groupKey, groupLabels, at, firing, resolved }: Notification): object {
  const alerts = [
    ...firing.map((one) => alertOf(one, undefined)),
    ...resolved.map((one) => alertOf(one, one.endedAt ?? at)),
  ];
  return {
    version: "4",
    groupKey,
    truncatedAlerts: 0,
    status: firing.length > 0 ? "firing" : "resolved",
    receiver: notifier,
    groupLabels,
    commonLabels: common([...firing, ...resolved].map(({ labels }) => labels)),
    commonAnnotations: common([...firing, ...resolved].map(({ annotations }) => annotations)),
    externalURL: "",
    alerts,
  };
}

function alertOf(alert: NotifiedAlert, endsAt: number | undefined): object {
  const { labels, annotations, startsAt } = alert;
  return {
    status: endsAt === undefined ? "firing" : "resolved",
    labels,
    annotations,
    startsAt: isoTime(startsAt),
    endsAt: endsAt === undefined ? NEVER : isoTime(endsAt),
    generatorURL: "",
    fingerprint: fingerprint(alert),
  };
}

/** Epoch seconds as RFC 3339. */
export function isoTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString();
}

/** What all of them have, with the same value. */
function common(all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first = {}, ...rest] = all;
  return Object.fromEntries(Object.entries(first).filter(([name, value]) => rest.every((one) => one[name] === value)));
}
