import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

const MODULE = new URL("../../src/run/append-file.ts", import.meta.url).href;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "giflab-append-file-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.runIf(process.platform !== "win32")("leaves nothing of a text for which there is not enough room", () => {
  const path = join(folder, "rows.txt");
  const program = `
    const { AppendFile } = await import(${JSON.stringify(MODULE)});
    const file = await AppendFile.open(${JSON.stringify(path)});
    await file.append("x".repeat(1500) + "\\n");
    const code = await file.append("y".repeat(1000) + "\\n").catch((error) => error.code);
    await file.append("z\\n");
    process.stdout.write(code + " " + file.bytes);
  `;
  // Files of this shell and what it runs can have 4 blocks of 512 bytes: the second text fits in part.
  const command = 'ulimit -f 4; exec "$0" --conditions=@giflab/source --input-type=module -e "$1"';
  const out = execFileSync("sh", ["-c", command, process.execPath, program], { encoding: "utf8" });
  expect(out).toBe("EFBIG 1503");
  expect(readFileSync(path, "utf8")).toBe(`${"x".repeat(1500)}\nz\n`);
});
