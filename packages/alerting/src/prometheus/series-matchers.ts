import { prometheusLabel } from "@giflab/metrics-core/exposition";
import type { AlertRuleOptions } from "../alert-rule-options.ts";

/** The tags that a rule asks for, as PromQL writes them between braces; empty when it asks for none. */
export function seriesMatchers({
  tags = {},
  excludeTags = {},
}: Pick<AlertRuleOptions, "tags" | "excludeTags">): string {
  const wanted = Object.entries(tags).map(([tag, values]) => matcher(tag, values, "="));
  const unwanted = Object.entries(excludeTags).map(([tag, values]) => matcher(tag, values, "!"));
  return [...wanted, ...unwanted].join(",");
}

/** A text as PromQL writes it, in double quotes. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

function matcher(tag: string, values: string | readonly string[], sign: "=" | "!"): string {
  const all = [values].flat();
  const label = prometheusLabel(tag);
  if (all.every((value) => !/[*?]/.test(value)) && all.length === 1) {
    return `${label}${sign === "=" ? "=" : "!="}${quoted(all[0]!)}`;
  }
  return `${label}${sign === "=" ? "=~" : "!~"}${quoted(all.map(regularExpression).join("|"))}`;
}

/** Of a glob. In Prometheus a label that is absent is an empty one, which a tag that must be there is not. */
function regularExpression(glob: string): string {
  if (/^\*+$/.test(glob)) return ".+";
  return glob.replaceAll(/[\\^$.|+()[\]{}*?]/g, (sign) => (sign === "*" ? ".*" : sign === "?" ? "." : `\\${sign}`));
}
