import type { Finding } from "./finding.ts";

const COMMANDS = { failed: "error", warned: "warning", undecided: "notice" } as const;

/** Workflow commands that GitHub Actions shows as annotations: one line for everything but what passed. */
export function githubAnnotations(findings: readonly Finding[], title: string): string[] {
  return findings.flatMap(({ name, outcome, message }) =>
    outcome === "passed" ? [] : [`::${COMMANDS[outcome]} title=${property(`${title}: ${name}`)}::${data(message)}`],
  );
}

/** Escapes as the runner's toolkit does: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
