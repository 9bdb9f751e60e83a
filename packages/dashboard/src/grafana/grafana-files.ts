import { type GrafanaDashboardOptions, type GrafanaSource, grafanaDashboard } from "./grafana-dashboard.ts";

/** A dashboard ready to be written. */
export interface GrafanaFile {
  /** `giflab_performance.json`, `giflab_performance_influxdb_import.json`. */
  readonly name: string;
  readonly title: string;
  /** JSON with a line break at its end. */
  readonly text: string;
}

/**
 * Every dashboard of a layout: `NAME.json` for Prometheus, `NAME_influxdb.json`, and of each the variant for Grafana's import
 * page. Throws as `grafanaDashboard` does.
 */
export function grafanaFiles(
  options: Omit<GrafanaDashboardOptions, "source" | "forImport">,
  sources: readonly GrafanaSource[] = ["prometheus", "influxdb"],
): readonly GrafanaFile[] {
  const { name, title } = options.layout;
  return sources.flatMap((source) =>
    [false, true].map((forImport) => ({
      name: `${name}${source === "prometheus" ? "" : `_${source}`}${forImport ? "_import" : ""}.json`,
      title,
      text: `${JSON.stringify(grafanaDashboard({ ...options, source, forImport }), undefined, 2)}\n`,
    })),
  );
}
