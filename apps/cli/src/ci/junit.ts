import type { Finding } from "./finding.ts";

/** Findings as a JUnit report: one test case each; what is undecided was skipped, a warning passes and tells. */
export function junitReport(findings: readonly Finding[], suite: string): string {
  const count = (outcome: Finding["outcome"]): number => findings.filter((one) => one.outcome === outcome).length;
  const totals = `tests="${findings.length}" failures="${count("failed")}" skipped="${count("undecided")}" errors="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="giflab" ${totals}>`,
    `  <testsuite name="${escaped(suite)}" ${totals}>`,
    ...findings.map((finding) => testCase(finding, suite)),
    "  </testsuite>",
    "</testsuites>",
  ].join("\n");
}

function testCase({ name, outcome, message }: Finding, suite: string): string {
  const head = `    <testcase classname="giflab.${escaped(suite)}" name="${escaped(name)}">`;
  const text = escaped(message);
  if (outcome === "failed") return `${head}<failure message="${text}"/></testcase>`;
  if (outcome === "undecided") return `${head}<skipped message="${text}"/></testcase>`;
  return `${head}<system-out>${text}</system-out></testcase>`;
}

/** For text and attributes alike; characters that XML 1.0 cannot hold become `?`. */
function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML forbids
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "?")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("\n", "&#10;")
  );
}
