import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { encodeGif } from "../src/gif/encode-gif.ts";
import { scratchFolder } from "./caching/scratch-folder.ts";
import { animation } from "./caching/test-animation.ts";

const MANUAL = readFileSync(join(import.meta.dirname, "../../../docs/runbook.md"), "utf8");
const GIFLAB = join(import.meta.dirname, "../../cli/bin/giflab.js");

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/** A checkout with GIFs in `data/raw`, on a machine where nothing was recorded yet, with `giflab` on the path. */
class Checkout {
  readonly folder: string = scratchFolder();

  constructor() {
    mkdirSync(join(this.folder, "data/raw"), { recursive: true });
    mkdirSync(join(this.folder, "bin"));
    mkdirSync(join(this.folder, "home"));
    for (const seed of [2, 3, 4]) {
      const { width, height, frames } = animation(seed);
      writeFileSync(join(this.folder, `data/raw/${seed}.gif`), encodeGif(frames, { width, height, loopCount: 0 }));
    }
    writeFileSync(join(this.folder, "bin/giflab"), `#!/bin/sh\nexec "${process.execPath}" "${GIFLAB}" "$@"\n`);
    chmodSync(join(this.folder, "bin/giflab"), 0o755);
  }

  /** What thresholds hold from now on. */
  configure(alerts: object): void {
    writeFileSync(join(this.folder, "giflab.config.json"), JSON.stringify({ monitoring: { alerts } }));
  }

  /** As a CI system runs a step: https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax */
  bash(script: string): Outcome {
    const { PATH = "" } = process.env;
    const env = { PATH: `${join(this.folder, "bin")}:${PATH}`, HOME: join(this.folder, "home"), NO_COLOR: "1" };
    const { status, stdout, stderr } = spawnSync("bash", ["-e", "-c", script], {
      cwd: this.folder,
      env,
      encoding: "utf8",
    });
    return { code: status, output: stdout + stderr };
  }
}

describe("the workflow that the manual shows for CI", () => {
  interface Step {
    readonly name?: string;
    readonly run?: string;
  }
  const [, text] = /```yaml\n(# \.github\/workflows\/performance\.yml\n[\s\S]*?)```/.exec(MANUAL)!;
  const { steps } = (parse(text!) as { jobs: { performance: { steps: Step[] } } }).jobs.performance;
  const step = (name: string): string => steps.find((one) => one.name === name)!.run!;
  const check = step("Check performance metrics");

  it("says on a fresh runner what to do first, passes when nothing is wrong and fails when an alert fires", () => {
    const checkout = new Checkout();
    expect(checkout.bash(check)).toEqual({
      code: 3,
      output: expect.stringMatching(/no metrics recorded yet at .*: run your program/),
    });
    expect(checkout.bash(step("Run the workload")).code).toBe(0);
    expect(checkout.bash(check)).toEqual({ code: 0, output: expect.stringMatching(/^status ok/) });
    // Any usage is more than none.
    checkout.configure({ memoryUsageWarning: 0, memoryUsageCritical: 0 });
    const { code, output } = checkout.bash(check);
    expect([code, output]).toEqual([
      2,
      expect.stringMatching(/^::error title=giflab metrics alerts%3A memory-usage::/),
    ]);
  });
});

describe("the alert response procedures of the manual", () => {
  const procedures = MANUAL.slice(
    MANUAL.indexOf("## Alert Response Procedures"),
    MANUAL.indexOf("## Performance Tuning"),
  );
  const sections = procedures.split(/^### /m).slice(1);
  /** The commands of a section, those in its text and those in its blocks, in order. */
  const commandsOf = (section: string): string[] => {
    const inline = [...section.matchAll(/`(giflab [^`\n]+)`/g)].map(([, command]) => command!);
    const blocks = [...section.matchAll(/```bash\n([\s\S]*?)```/g)].flatMap(([, block]) => block!.split("\n"));
    return [...inline, ...blocks.filter((line) => line.startsWith("giflab "))];
  };

  it("are four, each with commands", () => {
    expect(sections.map((section) => section.split("\n")[0])).toEqual([
      "Low Cache Hit Rate Alert",
      "High Memory Usage Alert",
      "Eviction Rate Spike Alert",
      "Response Time Degradation Alert",
    ]);
    for (const section of sections) expect(commandsOf(section).length).toBeGreaterThan(1);
  });

  it("have commands that run and tell what they are there for", () => {
    const checkout = new Checkout();
    expect(checkout.bash("giflab run data/raw --preset quick-test").code).toBe(0);
    for (const command of new Set(sections.flatMap(commandsOf))) {
      // One that watches goes on until somebody ends it.
      const limited = command.startsWith("giflab metrics monitor")
        ? `timeout --signal=INT 3 ${command} || [ $? = 124 ]`
        : command;
      const { code, output } = checkout.bash(limited);
      expect.soft(code, `${command}\n${output}`).toBe(0);
      expect.soft(output.trim(), command).not.toBe("");
    }
    expect(checkout.bash("giflab metrics status --system frame").output).toMatch(
      /cache\.frame\.evictions|cache\.frame\.misses/,
    );
  });
});
