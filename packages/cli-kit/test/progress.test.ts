import { ManualClock } from "@giflab/metrics-core";
import { describe, expect, test } from "vitest";
import { Progress } from "../src/index.ts";

function recorder(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  return { stream: { isTTY, columns, write: (text: string) => written.push(text) }, written };
}

describe("Progress", () => {
  test("writes a line per interval when it is no terminal", () => {
    const clock = new ManualClock();
    const { stream, written } = recorder(false);
    const progress = new Progress({ label: "warming", total: 100, unit: "files", stream, clock, intervalSeconds: 5 });
    for (let done = 1; done <= 100; done++) {
      clock.advance(0.125);
      progress.update(done);
    }
    progress.finish("done");
    expect(written).toEqual([
      "warming: 40 of 100 files, 40 %, 7.5 s left\n",
      "warming: 80 of 100 files, 80 %, 2.5 s left\n",
      "done\n",
    ]);
  });

  test("redraws one line on a terminal, cut to its width, and removes it at the end", () => {
    const clock = new ManualClock();
    const { stream, written } = recorder(true, 24);
    const progress = new Progress({ label: "exporting", stream, clock });
    progress.update(1000, "a very long name of a metric");
    clock.advance(0.01);
    progress.update(1001);
    progress.finish();
    expect(written).toEqual(["\r\x1b[2Kexporting: 1,000, a ve~", "\r\x1b[2K"]);
  });

  test("draws a bar on a terminal that is wide enough when the total is known", () => {
    const clock = new ManualClock();
    const wide = recorder(true, 80);
    const progress = new Progress({ label: "warming", total: 8, unit: "files", stream: wide.stream, clock });
    for (const done of [0, 2, 8]) {
      progress.update(done);
      clock.advance(1);
    }
    expect(wide.written).toEqual([
      "\r\x1b[2K[--------------------] warming: 0 of 8 files, 0 %",
      "\r\x1b[2K[#####---------------] warming: 2 of 8 files, 25 %, 3 s left",
      "\r\x1b[2K[####################] warming: 8 of 8 files, 100 %",
    ]);
    const unknown = recorder(true, 0);
    new Progress({ label: "warming", total: 8, unit: "files", stream: unknown.stream, clock }).update(4);
    expect(unknown.written).toEqual(["\r\x1b[2K[##########----------] warming: 4 of 8 files, 50 %"]);
    const narrow = recorder(true, 59);
    new Progress({ label: "warming", total: 8, unit: "files", stream: narrow.stream, clock }).update(4);
    expect(narrow.written).toEqual(["\r\x1b[2Kwarming: 4 of 8 files, 50 %"]);
  });
});
