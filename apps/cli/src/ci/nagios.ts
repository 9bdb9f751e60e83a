import type { Finding } from "./finding.ts";

/** Characters that would end a message or begin the numbers behind it. */
const UNSAFE = /[|\r\n]+/g;

/**
 * Findings as a Nagios plugin prints them (https://nagios-plugins.org/doc/guidelines.html): one line with the state and what
 * fails, numbers behind a bar, then a line for every other finding. The exit codes of `metrics alerts` are those of Nagios.
 */
export function nagiosOutput(
  state: "ok" | "warning" | "critical" | "unknown",
  findings: readonly Finding[],
  numbers: Readonly<Record<string, number>>,
): string[] {
  const bad = findings.filter(({ outcome }) => outcome === "failed" || outcome === "warned");
  const said = bad.length > 0 ? bad.map(({ message }) => message).join("; ") : `${findings.length} rules`;
  const data = Object.entries(numbers).map(([name, value]) => `${name}=${value}`);
  const rest = findings.filter((one) => !bad.includes(one));
  return [
    `${state.toUpperCase()} - ${said.replaceAll(UNSAFE, " ")} | ${data.join(" ")}`,
    ...rest.map(({ name, message }) => `${name}: ${message}`.replaceAll(UNSAFE, " ")),
  ];
}
