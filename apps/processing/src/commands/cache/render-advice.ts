import { formatDuration, formatNumber, formatQuantity, printable, renderTable } from "@giflab/cli-kit";
import { megabytes } from "../../advice/advice-text.ts";
import type { CacheAdvice, SizeVerdict } from "../../advice/advise-cache.ts";
import type { SamplingAdvice } from "../../advice/advise-sampling.ts";
import type { AdviceJson } from "./advise.ts";

const TITLES = { frame: "frame cache", validation: "validation cache", resize: "resized-frame cache" } as const;

const HEADLINES: Readonly<Record<SizeVerdict, (currentMb: string, recommendedMb: string) => string>> = {
  unrecorded: () => "nothing recorded",
  too_few: () => "too little recorded",
  useless: (current) => `switch its memory off (now ${current})`,
  keep: (current) => `keep ${current}`,
  grow: (current, recommended) => `raise from ${current} to ${recommended}`,
  shrink: (current, recommended) => `lower from ${current} to ${recommended}`,
};

const right = "right" as const;

/** The whole advice, line by line, with what to paste into the configuration at the end. */
export function renderAdvice(advice: AdviceJson): string[] {
  const { memory, window, caches, sampling, config } = advice;
  const processes = memory.processes === 1 ? "" : ` for each of ${memory.processes} processes`;
  const place = memory.source === "container" ? "this container" : "this machine";
  const estimates = new Set(Object.values(caches).flatMap((of) => (of.predicted === null ? [] : [of.estimate])));
  return [
    `from what was recorded in ${formatDuration(window.seconds)}; ${formatQuantity(memory.memoryMb, "MB")} in ${place}, of which caches may take ${formatQuantity(memory.budgetMb, "MB")}${processes}`,
    ...(memory.shortages === 0
      ? []
      : [
          `memory ran short ${formatNumber(memory.shortages)} times, and caches gave ${megabytes(memory.freedMb)} back: weigh that against larger limits`,
        ]),
    ...Object.entries(caches).flatMap(([name, of]) => ["", ...renderCacheAdvice(TITLES[name as "frame"], of)]),
    ...(estimates.size === 0
      ? []
      : ["", ...[...estimates].map((estimate) => `hit rates are predicted by ${estimate}`)]),
    "",
    ...renderSamplingAdvice(sampling),
    "",
    ...renderConfig(config),
  ];
}

function renderCacheAdvice(title: string, advice: CacheAdvice): string[] {
  const { verdict, currentMb, recommendedMb, predicted, lookUps, recordedHitRate, diskHitRate } = advice;
  const headline = HEADLINES[verdict](megabytes(currentMb), megabytes(recommendedMb ?? currentMb));
  const lines = [`${title}: ${headline}`, ...advice.reasons.map((reason) => `  ${reason}`)];
  if (predicted === null) return lines;
  const labels = new Map<number, string>([
    [predicted.current.sizeMb, "now"],
    [predicted.recommended.sizeMb, "recommended"],
  ]);
  if (predicted.current.sizeMb === predicted.recommended.sizeMb) labels.set(currentMb, "now and recommended");
  const rates = new Map(
    [predicted.half, predicted.current, predicted.double, predicted.recommended].map((at) => [at.sizeMb, at.hitRate]),
  );
  const rows = [...rates]
    .sort(([a], [b]) => a - b)
    .map(([sizeMb, hitRate]) => [megabytes(sizeMb), formatQuantity(hitRate, "1"), labels.get(sizeMb) ?? ""]);
  const columns = [
    { heading: "memory", align: right },
    { heading: "predicted hit rate", align: right },
    { heading: "" },
  ];
  const answered = [
    ...(recordedHitRate === null ? [] : [`memory answered ${formatQuantity(recordedHitRate, "1")}`]),
    ...(diskHitRate === null ? [] : [`the disk ${formatQuantity(diskHitRate, "1")}`]),
  ];
  return [
    ...lines,
    ...renderTable(columns, rows).map((line) => `  ${line}`),
    `  from ${formatNumber(lookUps, 15)} look-ups${answered.length === 0 ? "" : `, of which ${answered.join(" and ")}`}`,
  ];
}

function renderSamplingAdvice({ verdict, current, recommended, strategies, reasons }: SamplingAdvice): string[] {
  const headline = {
    off: "switched off",
    unrecorded: "nothing recorded",
    too_few: "too little recorded",
    too_short: `${current} hardly comes into play`,
    keep: `keep ${current}`,
    change: current === recommended ? `keep ${current}, with other settings` : `${recommended} instead of ${current}`,
  }[verdict];
  const rows = Object.entries(strategies).map(([name, { uses, sampledRatio, speedup, intervalWidth }]) => [
    printable(name),
    formatNumber(uses, 15),
    formatQuantity(sampledRatio, "1"),
    speedup === undefined ? "-" : `${formatNumber(speedup, 2)}x`,
    intervalWidth === undefined ? "-" : formatNumber(intervalWidth, 2),
  ]);
  const columns = [
    { heading: "strategy" },
    { heading: "animations", align: right },
    { heading: "frames", align: right },
    { heading: "speed-up", align: right },
    { heading: "interval", align: right },
  ];
  return [
    `frame sampling: ${headline}`,
    ...reasons.map((reason) => `  ${printable(reason)}`),
    ...(rows.length === 0 ? [] : renderTable(columns, rows).map((line) => `  ${line}`)),
  ];
}

function renderConfig(config: Readonly<Record<string, object>>): string[] {
  if (Object.keys(config).length === 0) return ["nothing to change in giflab.config"];
  const sections = Object.entries(config).map(([section, values]) => `  "${section}": ${spaced(values)}`);
  return [
    "for giflab.config.json, or behind `export default` in giflab.config.ts:",
    "",
    "{",
    ...sections.map((line, at) => (at === sections.length - 1 ? line : `${line},`)),
    "}",
  ];
}

/** One line of JSON with blanks, as people write it. */
function spaced(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, of]) => `"${key}": ${spaced(of)}`);
  return `{ ${parts.join(", ")} }`;
}
