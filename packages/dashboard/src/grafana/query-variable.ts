import type { GrafanaDatasource, GrafanaVariable } from "./dashboard-json.ts";

/** A variable whose values a query gives, anew whenever the time range changes; several can be chosen, or all. */
export function queryVariable(
  datasource: GrafanaDatasource,
  variable: Pick<GrafanaVariable, "name" | "label" | "definition" | "query" | "allValue">,
): GrafanaVariable {
  return {
    type: "query",
    datasource,
    refresh: 2,
    regex: "",
    sort: 1,
    multi: true,
    includeAll: true,
    current: { selected: true, text: ["All"], value: ["$__all"] },
    hide: 0,
    ...variable,
  };
}
