import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** Closes a run with one plain line, `N passed, N failed, N skipped`, and leaves it in GIFLAB_TOTALS_FILE if that is set. */
export class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const totals = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        totals[state === "pending" ? "failed" : state]++;
      }
      if (module.state() === "failed" && [...module.children.allTests("failed")].length === 0) totals.failed++;
    }
    const line = `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`;
    const file = process.env["GIFLAB_TOTALS_FILE"];
    if (file !== undefined) writeFileSync(file, `${line}\n`);
    process.stdout.write(`\n${line}\n`);
  }
}
