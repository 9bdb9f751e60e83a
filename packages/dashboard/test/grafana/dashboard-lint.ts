import type { GrafanaDashboard, GrafanaPanel } from "../../src/grafana/dashboard-json.ts";

/**
 * What is wrong with a dashboard by the rules of Grafana's own `dashboard-linter`, named as there
 * (https://github.com/grafana/dashboard-linter/tree/main/docs), as far as they can be read from the JSON.
 */
export function lintDashboard(dashboard: GrafanaDashboard): string[] {
  const problems: string[] = [];
  const say = (rule: string, what: string) => problems.push(`${rule}: ${what}`);
  const variables = dashboard.templating.list;
  const imported = dashboard.__inputs !== undefined;
  const datasource = variables.find(({ type }) => type === "datasource");
  if (!imported && datasource?.name !== "datasource")
    say("template-datasource-rule", "no variable for the data source");
  const uid = `\${${dashboard.__inputs?.[0]?.name ?? "datasource"}}`;
  for (const variable of variables) {
    const { name, label, type, refresh, allValue, multi, includeAll } = variable;
    if (label === "") say("template-label-rule", name);
    if (type !== "query") continue;
    if (refresh !== 2) say("template-on-time-change-reload-rule", name);
    if (variable.datasource?.uid !== uid) say("template-datasource-rule", `${name} asks another source`);
    if (!multi || !includeAll || allValue === undefined) say("template-instance-rule", `${name} has no "All"`);
  }
  const prometheus = variables.some(({ query }) => JSON.stringify(query).includes("label_values"));
  for (const name of prometheus ? ["job", "instance"] : ["service", "instance"]) {
    if (!variables.some((variable) => variable.name === name)) say(`template-${name}-rule`, "missing");
  }
  if (dashboard.editable) say("uneditable-dashboard-rule", "editable");
  const ids = new Set<number>();
  const area = new Set<string>();
  for (const top of dashboard.panels) {
    if (ids.has(top.id)) say("panel-ids", `${top.id} is used twice`);
    ids.add(top.id);
    const inside = top.type === "row" ? top.panels : [top];
    for (const panel of inside) {
      if (panel !== top) {
        if (ids.has(panel.id)) say("panel-ids", `${panel.id} is used twice`);
        ids.add(panel.id);
      }
      lintPanel(panel, uid, prometheus, say);
    }
    if (top.type === "row") continue;
    const { x, y, w, h } = top.gridPos;
    if (x + w > 24) say("panel-places", `${top.title} leaves the page`);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        if (area.has(`${column},${line}`)) say("panel-places", `${top.title} lies over another panel`);
        area.add(`${column},${line}`);
      }
    }
  }
  return problems;
}

function lintPanel(
  { title, description, datasource, targets, fieldConfig }: GrafanaPanel,
  uid: string,
  prometheus: boolean,
  say: (rule: string, what: string) => void,
): void {
  if (title === "" || description === "") say("panel-title-description-rule", title);
  if (datasource.uid !== uid) say("panel-datasource-rule", title);
  if (targets.length === 0) say("panel-no-targets-rule", title);
  if (fieldConfig.defaults.unit === "") say("panel-units-rule", title);
  if (new Set(targets.map(({ refId }) => refId)).size !== targets.length) say("target-references", title);
  for (const { expr, query, type, expression, legendFormat, alias, hide } of targets) {
    if (type === "math") {
      for (const [reference] of (expression ?? "").matchAll(/\$[A-Z]+/g)) {
        if (!targets.some(({ refId }) => `$${refId}` === reference)) say("target-references", `${title}: ${reference}`);
      }
    } else if (prometheus) {
      if (expr === undefined || legendFormat === undefined) say("target-promql-rule", title);
      else lintExpression(expr, (rule) => say(rule, `${title}: ${expr}`));
    } else {
      if (query === undefined) say("target-query-rule", title);
      if (alias === undefined && hide !== true) say("target-legend-rule", title);
      if (!query?.includes("$timeFilter") || !query.includes("time($__interval)"))
        say("target-time-rule", `${title}: ${query}`);
      if (!query?.includes('"service" =~ /^$service$/')) say("target-service-rule", `${title}: ${query}`);
    }
  }
}

function lintExpression(expression: string, say: (rule: string) => void): void {
  for (const [, braces] of expression.matchAll(/[a-z_0-9]+\{(.*?)\}/g)) {
    if (!braces!.includes('job=~"$job"')) say("target-job-rule");
    if (!braces!.includes('instance=~"$instance"')) say("target-instance-rule");
  }
  for (const [, call, range] of expression.matchAll(/(rate|irate|increase)\([^[]*\[(.*?)\]/g)) {
    if (range !== "$__rate_interval") say(`target-rate-interval-rule: ${call} over ${range}`);
  }
  // A counter or bucket is nothing without a rate or an increase around it.
  for (const [, before] of expression.matchAll(/(\w+\(|)[a-z_0-9]+_(?:total|bucket|sum|count)\{/g)) {
    if (!["rate(", "irate(", "increase("].includes(before!)) say("target-counter-agg-rule");
  }
  if (/\bsum\b(?! by| \()/.test(expression)) say("target-required-aggregation");
}
