import { spawnSync } from "node:child_process";
import { describe } from "vitest";

/**
 * `describe` for tests that need programs from outside, such as a real Prometheus. Where one is missing the tests are left
 * out and say so; with `GIFLAB_REQUIRE_RECEIVERS=1`, as in continuous integration, they run and fail instead.
 *
 * @param programs commands that must be on the path, `prometheus` or `/usr/sbin/collectd`.
 */
export function describeWith(programs: readonly string[], name: string, tests: () => void): void {
  const missing = programs.filter((program) => !isInstalled(program));
  const leaveOut = missing.length > 0 && process.env["GIFLAB_REQUIRE_RECEIVERS"] !== "1";
  if (leaveOut) console.log(`${name}: left out, not installed: ${missing.join(", ")}`);
  describe.skipIf(leaveOut)(name, tests);
}

/** Whether a command is on the path. Its own options are not tried: not every server has one that ends. */
export function isInstalled(program: string): boolean {
  return spawnSync("sh", ["-c", 'command -v "$1"', "sh", program], { stdio: "ignore" }).status === 0;
}
