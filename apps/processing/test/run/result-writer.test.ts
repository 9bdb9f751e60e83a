import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readRows } from "../../src/run/read-rows.ts";
import { RESULT_COLUMNS, type ResultRow } from "../../src/run/result-row.ts";
import { ResultWriter } from "../../src/run/result-writer.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "giflab-result-writer-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function row(n: number): ResultRow {
  return { gif_name: `gif ${n}`, orig_filename: `/${n}.gif`, success: true, ssim_mean: n / 7 };
}

function lines(name: string): string[] {
  return readFileSync(join(folder, `streaming_results.${name}`), "utf8")
    .split("\n")
    .slice(0, -1);
}

it("has every tenth row on disk at once in both files, and the rest at the end", async () => {
  const writer = await ResultWriter.open(folder);
  for (let n = 0; n < 12; n++) await writer.add(row(n));
  expect([lines("csv").length, lines("ndjson").length]).toEqual([11, 10]);
  await writer.close();
  expect([lines("csv").length, lines("ndjson").length]).toEqual([13, 12]);
  expect(lines("csv")[0]).toBe(RESULT_COLUMNS.join(","));
  expect(await Array.fromAsync(readRows(join(folder, "streaming_results.ndjson")))).toEqual(
    Array.from({ length: 12 }, (_, n) => row(n)),
  );
});

it("keeps rows whole and each once when several add at the same time", async () => {
  const writer = await ResultWriter.open(folder);
  await Promise.all(
    Array.from({ length: 7 }, async (_, at) => {
      for (let n = 0; n < 15; n++) await writer.add(row(100 * at + n));
    }),
  );
  await writer.close();
  expect(new Set(lines("ndjson")).size).toBe(105);
  expect(new Set(lines("csv")).size).toBe(106);
});

it("goes on after the rows that are there", async () => {
  for (let n = 0; n < 2; n++) {
    const writer = await ResultWriter.open(folder);
    await writer.add(row(n));
    await writer.close();
  }
  expect(lines("csv").map((line) => line.split(",")[1])).toEqual(["gif_name", "gif 0", "gif 1"]);
});

it.runIf(process.platform === "linux")(
  "takes a batch back from one file when the other has no room for it",
  async () => {
    writeFileSync(join(folder, "streaming_results.ndjson"), "");
    const writer = await ResultWriter.open(folder);
    for (let n = 0; n < 10; n++) await writer.add(row(n));
    await writer.close();
    rmSync(join(folder, "streaming_results.csv"));
    symlinkSync("/dev/full", join(folder, "streaming_results.csv"));
    await expect(ResultWriter.open(folder)).rejects.toMatchObject({ code: "ENOSPC" });
    expect(lines("ndjson")).toHaveLength(10);
  },
);

it("leaves out a line that a kill has torn", async () => {
  const path = join(folder, "rows.ndjson");
  writeFileSync(path, `${JSON.stringify(row(1))}\n\0\0\0\n5\n${JSON.stringify(row(2)).slice(0, -1)}`);
  expect(await Array.fromAsync(readRows(path))).toEqual([row(1)]);
});
