import type { Command } from "@giflab/cli-kit";
import { MetricsStatus } from "./commands/metrics/status.ts";

/** A command that is loaded when it is run, or when its help is shown. */
export interface LoadableCommand {
  readonly load: () => Promise<Command.Class>;
}

/** Commands by id: the words of their name, joined by `:`. */
export type CommandTable = Readonly<Record<string, LoadableCommand>>;

/** What giflab does on its own; everything else comes from plugins. */
export const OWN_COMMANDS: CommandTable = {
  "metrics:alerts": { load: async () => (await import("./commands/metrics/alerts.ts")).MetricsAlerts },
  "metrics:alerts:history": {
    load: async () => (await import("./commands/metrics/alerts-history.ts")).MetricsAlertsHistory,
  },
  "metrics:backend-stats": {
    load: async () => (await import("./commands/metrics/backend-stats.ts")).MetricsBackendStats,
  },
  "metrics:backup": { load: async () => (await import("./commands/metrics/backup.ts")).MetricsBackup },
  "metrics:clear": { load: async () => (await import("./commands/metrics/clear.ts")).MetricsClear },
  "metrics:compact": { load: async () => (await import("./commands/metrics/compact.ts")).MetricsCompact },
  "metrics:compare": { load: async () => (await import("./commands/metrics/compare.ts")).MetricsCompare },
  "metrics:config": { load: async () => (await import("./commands/metrics/config.ts")).MetricsConfig },
  "metrics:export": { load: async () => (await import("./commands/metrics/export.ts")).MetricsExport },
  "metrics:grafana": { load: async () => (await import("./commands/metrics/grafana.ts")).MetricsGrafana },
  "metrics:list": { load: async () => (await import("./commands/metrics/list.ts")).MetricsList },
  "metrics:merge": { load: async () => (await import("./commands/metrics/merge.ts")).MetricsMerge },
  "metrics:monitor": { load: async () => (await import("./commands/metrics/monitor.ts")).MetricsMonitor },
  "metrics:rules:backtest": {
    load: async () => (await import("./commands/metrics/rules/backtest.ts")).MetricsRulesBacktest,
  },
  "metrics:rules:check": { load: async () => (await import("./commands/metrics/rules/check.ts")).MetricsRulesCheck },
  "metrics:rules:export": {
    load: async () => (await import("./commands/metrics/rules/export.ts")).MetricsRulesExport,
  },
  "metrics:rules:list": { load: async () => (await import("./commands/metrics/rules/list.ts")).MetricsRulesList },
  "metrics:rules:test": { load: async () => (await import("./commands/metrics/rules/test.ts")).MetricsRulesTest },
  // The command that is run most often comes with this file: ten modules less to find and load at its start.
  "metrics:status": { load: async () => MetricsStatus },
  "metrics:verify": { load: async () => (await import("./commands/metrics/verify.ts")).MetricsVerify },
};

/** The command whose name the words begin with, the longest if there are several, and how many words its name has. */
export function findCommand(
  table: CommandTable,
  words: readonly string[],
): { readonly id: string; readonly words: number } | undefined {
  for (let count = words.length; count > 0; count--) {
    const id = words.slice(0, count).join(":");
    if (Object.hasOwn(table, id)) return { id, words: count };
  }
  return undefined;
}

/** Whether the words are the beginning of several commands' names, such as `metrics`. */
export function isTopic(table: CommandTable, words: readonly string[]): boolean {
  const prefix = `${words.join(":")}:`;
  return Object.keys(table).some((id) => id.startsWith(prefix));
}
