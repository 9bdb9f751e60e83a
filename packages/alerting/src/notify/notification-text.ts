import type { Notification, NotifiedAlert } from "./notification.ts";

/** A notification in words: a title, and a line per alert. */
export function notificationText({ groupLabels, firing, resolved }: Notification): { title: string; lines: string[] } {
  const group = Object.values(groupLabels).join(", ");
  const counts = [
    firing.length > 0 ? `${firing.length} firing` : "",
    resolved.length > 0 ? `${resolved.length} resolved` : "",
  ];
  const title = `${counts.filter((count) => count !== "").join(", ")}${group === "" ? "" : `: ${group}`}`;
  return { title, lines: [...firing.map(firingLine), ...resolved.map(resolvedLine)] };
}

function firingLine({ labels, annotations }: NotifiedAlert): string {
  const runbook = annotations["runbook_url"];
  return `${labels["severity"]}: ${annotations["summary"]}${runbook === undefined ? "" : ` (${runbook})`}`;
}

function resolvedLine({ labels: { alertname, metric, severity, ...rest } }: NotifiedAlert): string {
  const tags = Object.entries(rest).map(([name, value]) => `${name}=${value}`);
  return `resolved: ${severity} of ${[alertname, metric, ...tags].join(" ")}`;
}
