import type { DashboardRow } from "@giflab/metrics-core";

/** Active alerts and thresholds, as a program records them that evaluates its rules (`alerts.evaluateEverySeconds`). */
export const ALERT_ROW: DashboardRow = {
  title: "Alert status",
  panels: [
    {
      title: "Overall status",
      description:
        "All alert rules together: 0 ok, 1 warning, 2 critical, 3 unknown. Recorded by programs with alerts.evaluateEverySeconds.",
      view: "stat",
      width: 4,
      lines: [{ metric: "giflab.alerts.status", statistic: "last", legend: "status" }],
    },
    {
      title: "Firing alerts",
      description: "Series whose alert fires, silenced ones included, by rule and level.",
      view: "timeseries",
      width: 8,
      lines: [{ metric: "giflab.alerts.firing", by: ["rule", "level"], legend: "{{rule}} {{level}}" }],
    },
    {
      title: "Pending alerts",
      description: "Series beyond a threshold, but not yet for as long as their rule asks, by rule and level.",
      view: "timeseries",
      width: 6,
      lines: [{ metric: "giflab.alerts.pending", by: ["rule", "level"], legend: "{{rule}} {{level}}" }],
    },
    {
      title: "Thresholds in force",
      description: "What each rule compares with, in the unit of what it compares.",
      view: "stat",
      width: 6,
      lines: [{ metric: "giflab.alerts.threshold", by: ["rule", "level"], legend: "{{rule}} {{level}}" }],
    },
  ],
};

/** How monitoring itself fares. */
export const MONITORING_ROW: DashboardRow = {
  title: "Monitoring itself",
  panels: [
    {
      title: "Dropped points",
      description: "Points that a backend did not accept in time, by backend. Anything above 0 is lost history.",
      view: "timeseries",
      lines: [{ metric: "giflab.monitoring.dropped", by: ["backend"], legend: "{{backend}}" }],
    },
    {
      title: "Errors",
      description: "Things that went wrong inside monitoring, by reason; the program itself is not disturbed by them.",
      view: "timeseries",
      lines: [{ metric: "giflab.monitoring.errors", by: ["reason"], legend: "{{reason}}" }],
    },
  ],
};
