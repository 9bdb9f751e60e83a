import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readRows } from "../../src/run/read-rows.ts";
import { RESULT_COLUMNS, type ResultRow } from "../../src/run/result-row.ts";
import { ResultWriter } from "../../src/run/result-writer.ts";

const MODULE = new URL("../../src/run/result-writer.ts", import.meta.url).href;

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

it("keeps rows whole, each once and in one order in both files when several add at the same time", async () => {
  const writer = await ResultWriter.open(folder);
  await Promise.all(
    Array.from({ length: 20 }, async (_, at) => {
      for (let n = 0; n < 50; n++) await writer.add(row(100 * at + n));
    }),
  );
  await writer.close();
  const names = lines("ndjson").map((line) => JSON.parse(line).gif_name);
  expect(new Set(names).size).toBe(1000);
  expect(
    lines("csv")
      .slice(1)
      .map((line) => line.split(",")[1]),
  ).toEqual(names);
});

it("goes on after the rows that are there", async () => {
  for (let n = 0; n < 2; n++) {
    const writer = await ResultWriter.open(folder);
    await writer.add(row(n));
    await writer.close();
  }
  expect(lines("csv").map((line) => line.split(",")[1])).toEqual(["gif_name", "gif 0", "gif 1"]);
});

it.runIf(process.platform !== "win32")(
  "takes a batch back from both files when one has no room, and adds none later",
  () => {
    const program = `
    const { ResultWriter } = await import(${JSON.stringify(MODULE)});
    const writer = await ResultWriter.open(${JSON.stringify(folder)});
    const batch = (text) => Promise.all(Array.from({ length: 10 }, (_, n) => writer.add({ gif_name: text + n }))).then(
      () => "written",
      (error) => error.code,
    );
    const told = [await batch("small"), await batch("x".repeat(250)), await batch("later")];
    process.stdout.write(told.join(" "));
  `;
    // Files of this shell and what it runs can have 8 blocks of 512 bytes: the CSV file, which has a header, is full first.
    const command = 'ulimit -f 8; exec "$0" --conditions=@giflab/source --input-type=module -e "$1"';
    const out = execFileSync("sh", ["-c", command, process.execPath, program], { encoding: "utf8" });
    expect(out).toBe("written EFBIG EFBIG");
    const small = Array.from({ length: 10 }, (_, n) => `small${n}`);
    expect(lines("ndjson").map((line) => JSON.parse(line).gif_name)).toEqual(small);
    expect(lines("csv").map((line) => line.split(",")[1])).toEqual(["gif_name", ...small]);
  },
);

it("leaves out a line that a kill has torn", async () => {
  const path = join(folder, "rows.ndjson");
  writeFileSync(path, `${JSON.stringify(row(1))}\n\0\0\0\n5\n${JSON.stringify(row(2)).slice(0, -1)}`);
  expect(await Array.fromAsync(readRows(path))).toEqual([row(1)]);
});
