import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { decodeGif } from "../../src/gif/decode-gif.ts";
import { makeSampleGif, makeSampleGifs } from "../../src/gif/make-sample-gifs.ts";
import { SAMPLE_SCENES } from "../../src/gif/sample-scenes.ts";

const folder = mkdtempSync(join(tmpdir(), "giflab-samples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("writes decodable animations of the sizes promised, and leaves present files untouched", async () => {
  const paths = await makeSampleGifs(join(folder, "new"));
  expect(paths).toHaveLength(17);
  for (const [at, path] of paths.entries()) {
    const { width, height, frames } = SAMPLE_SCENES[at]!;
    const gif = await decodeGif(path);
    expect([gif.width, gif.height, gif.frameCount, gif.warnings]).toEqual([width, height, frames, []]);
  }
  const first = paths[0]!;
  rmSync(first);
  const times = paths.slice(1).map((path) => statSync(path).mtimeMs);
  writeFileSync(paths[1]!, "");
  expect(await makeSampleGifs(join(folder, "new"))).toEqual(paths);
  expect(statSync(first).size).toBeGreaterThan(0);
  expect(statSync(paths[1]!).size).toBeGreaterThan(0);
  expect(paths.slice(2).map((path) => statSync(path).mtimeMs)).toEqual(times.slice(1));
  expect(readdirSync(join(folder, "new")).filter((name) => !name.endsWith(".gif"))).toEqual([]);
});

it("makes the same bytes every time", () => {
  const scene = SAMPLE_SCENES.find(({ name }) => name === "noise-small")!;
  expect(Buffer.compare(makeSampleGif(scene), makeSampleGif(scene))).toBe(0);
});
