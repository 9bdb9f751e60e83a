/** The parts of Grafana's classic dashboard model (schema version 42) that are written here. */
export interface GrafanaDashboard {
  readonly __inputs?: readonly GrafanaInput[];
  readonly __requires?: readonly {
    readonly type: string;
    readonly id: string;
    readonly name: string;
    readonly version: string;
  }[];
  readonly title: string;
  readonly uid: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly schemaVersion: 42;
  readonly version: 1;
  readonly editable: boolean;
  readonly graphTooltip: 1;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly timezone: "browser";
  readonly templating: { readonly list: readonly GrafanaVariable[] };
  readonly annotations: { readonly list: readonly unknown[] };
  readonly links: readonly unknown[];
  readonly panels: readonly (GrafanaPanel | GrafanaRow)[];
}

/** Something that whoever imports the file is asked for. */
export interface GrafanaInput {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly type: "datasource";
  readonly pluginId: string;
  readonly pluginName: string;
}

export interface GrafanaDatasource {
  readonly type: string;
  readonly uid: string;
}

export interface GrafanaVariable {
  readonly name: string;
  readonly label: string;
  readonly type: "datasource" | "query";
  readonly query: string | { readonly query: string; readonly refId: string };
  readonly definition?: string;
  readonly datasource?: GrafanaDatasource;
  readonly refresh?: 2;
  readonly sort?: 1;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly current: Readonly<Record<string, unknown>>;
  readonly hide: 0;
  readonly regex?: "";
}

export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface GrafanaRow {
  readonly type: "row";
  readonly id: number;
  readonly title: string;
  readonly collapsed: boolean;
  readonly gridPos: GridPosition;
  readonly panels: readonly GrafanaPanel[];
}

export interface GrafanaPanel {
  readonly type: "timeseries" | "gauge" | "stat";
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly datasource: GrafanaDatasource;
  readonly gridPos: GridPosition;
  readonly interval?: string;
  readonly targets: readonly GrafanaTarget[];
  readonly fieldConfig: {
    readonly defaults: Readonly<Record<string, unknown>> & {
      readonly unit: string;
      readonly thresholds: GrafanaThresholds;
    };
    readonly overrides: readonly unknown[];
  };
  readonly options: Readonly<Record<string, unknown>>;
}

export interface GrafanaThresholds {
  readonly mode: "absolute";
  readonly steps: readonly { readonly color: string; readonly value: number | null }[];
}

/** A query: of Prometheus (`expr`) or of InfluxDB (`query`), or a calculation with the results of others (`expression`). */
export interface GrafanaTarget {
  readonly refId: string;
  readonly datasource: GrafanaDatasource;
  readonly expr?: string;
  readonly legendFormat?: string;
  readonly editorMode?: "code";
  readonly range?: true;
  readonly query?: string;
  readonly rawQuery?: true;
  readonly resultFormat?: "time_series";
  readonly alias?: string;
  readonly type?: "math";
  readonly expression?: string;
  readonly hide?: boolean;
}
