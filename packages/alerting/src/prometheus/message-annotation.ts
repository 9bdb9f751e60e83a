import { prometheusLabel } from "@giflab/metrics-core/exposition";
import type { AlertLevel } from "../alert-rule-options.ts";
import { formatNumber, type MessagePart, MessageTemplate } from "../message-template.ts";
import { tagKeys } from "./known-metrics.ts";
import type { MeasuredRule } from "./measure.ts";
import { ruleMeasure } from "./rule-measure.ts";

/** A message as Prometheus fills it in: `{value:.2f}` is `{{ printf "%.2f" $value }}`. */
export function messageAnnotation(of: MeasuredRule, level: AlertLevel): string {
  const { parts } = new MessageTemplate(of.rule.messageTemplate);
  const all = parts.map((part) => (typeof part === "string" ? literal(part) : place(part, of, level)));
  return all.join("").replaceAll(` ${ALL_TAGS}`, ALL_TAGS).trimEnd();
}

/** Begins each of them with a space, so that none stands at the end. */
const ALL_TAGS = "{{ range $name, $tag := $labels }} {{ $name }}={{ $tag }}{{ end }}";

/** Text in which Prometheus finds nothing to fill in. */
export function literal(text: string): string {
  return text.replaceAll("{{", '{{ "{{" }}');
}

function place({ field, format }: Exclude<MessagePart, string>, of: MeasuredRule, level: AlertLevel): string {
  const { rule, metric } = of;
  const [base, key] = [field.split(".", 1)[0]!, field.slice(field.indexOf(".") + 1)];
  switch (base) {
    case "value":
      return `{{ $value${piped(format)} }}`;
    case "measured":
    case "limit":
    case "baseline":
      return asked(of, base, format);
    case "threshold": {
      const threshold = rule.thresholdOf(level);
      return threshold === undefined ? "-" : literal(formatNumber(threshold, format));
    }
    case "tags":
      if (field === base) return ALL_TAGS;
      return `{{ $labels.${prometheusLabel(key)} }}`;
    case "labels":
      if (field === base)
        return literal(
          Object.entries(rule.labels)
            .map(([name, value]) => `${name}=${value}`)
            .join(" "),
        );
      return literal(Object.hasOwn(rule.labels, key) ? rule.labels[key]! : "-");
    case "note":
      return "";
    default: {
      const texts = { rule: rule.name, metric: metric.definition.name, level, runbookUrl: rule.runbookUrl ?? "-" };
      return literal(texts[base as keyof typeof texts]);
    }
  }
}

/** What Prometheus makes of a number for a format. It has no percentage with a number of digits: four that count. */
function piped(format: string): string {
  const [, digits = "", style = ""] = /^\.(\d+)([fg%])$/.exec(format) ?? [];
  if (style === "%") return " | humanizePercentage";
  if (style !== "") return ` | printf "%.${style === "g" ? Math.max(1, Number(digits)) : digits}${style}"`;
  return format === "d" ? ' | printf "%.0f"' : "";
}

/** A number beside the value, which Prometheus must ask itself for, of the same series. */
function asked(of: MeasuredRule, field: "measured" | "limit" | "baseline", format: string): string {
  const labels = ["job", ...tagKeys(of.metric).map(prometheusLabel)];
  const [job, ...tags] = labels.map((label, place) => `${label}=%[${place + 1}]q`);
  const own = of.matchers.replaceAll("%", "%%");
  const matchers = [own, job, ...tags].filter((one) => one !== "").join(",");
  const expression = ruleMeasure({ ...of, matchers, processMatchers: job })[field]?.replaceAll(/\n */g, " ");
  if (expression === undefined) return "-";
  const text = expression.includes("`") ? JSON.stringify(expression) : `\`${expression}\``;
  const query = `printf ${text} ${labels.map((label) => `$labels.${label}`).join(" ")} | query`;
  return `{{ with ${query} }}{{ . | first | value${piped(format)} }}{{ else }}-{{ end }}`;
}
