import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { convertGif } from "../../src/engines/convert-gif.ts";
import type { EngineTask } from "../../src/engines/engine-task.ts";
import { gifBytes } from "../gif/gif-bytes.ts";
import { EngineFolder } from "./fake-engine.ts";

const folder = new EngineFolder();

/** Two frames of 2 x 2, a second each. */
const SOURCE = gifBytes({ width: 2, height: 2, loops: 0 }, [
  { width: 2, height: 2, indices: [0, 1, 2, 3], delayHundredths: 100 },
  { width: 2, height: 2, indices: [3, 2, 1, 0], delayHundredths: 100 },
]);

/** What comes of a gifsicle that answers with these bytes whatever it is asked. */
async function answered(bytes: Uint8Array, task: EngineTask = { lossy: 40 }): Promise<unknown> {
  writeFileSync(join(folder.path, "answer"), bytes);
  const engines = await folder.engines(`cat > /dev/null; cat '${join(folder.path, "answer")}'`);
  return await convertGif("gifsicle", SOURCE, task, { engines });
}

function images(...delays: readonly number[]): Uint8Array {
  const [width, height, indices] = [2, 2, [0, 1, 2, 3]];
  return gifBytes(
    { width, height },
    delays.map((delayHundredths) => ({ width, height, indices, delayHundredths })),
  );
}

describe("convertGif", () => {
  it("says what an engine that is missing needs", async () => {
    const engines = { found: [], missing: [], prlimit: undefined };
    await expect(convertGif("ffmpeg", SOURCE, { colors: 16 }, { engines })).rejects.toMatchObject({
      name: "EngineError",
      code: "MISSING",
      message: "ffmpeg was not looked for: install the package ffmpeg",
    });
    const missing = [{ name: "ffmpeg", packageName: "ffmpeg", reason: "ffmpeg is not on PATH" }] as const;
    await expect(convertGif("ffmpeg", SOURCE, { colors: 16 }, { engines: { ...engines, missing } })).rejects.toThrow(
      "ffmpeg is not on PATH: install the package ffmpeg",
    );
  });

  it("takes a sound answer and says which version gave it", async () => {
    expect(await answered(images(200))).toEqual({
      bytes: images(200),
      engine: { name: "gifsicle", version: "1.93" },
    });
  });

  it.each([
    ["nothing", new Uint8Array(), /wrote no GIF: the file is empty/],
    ["text", new TextEncoder().encode("<html>"), /wrote no GIF: not a GIF/],
    ["half a GIF", images(100, 100).subarray(0, -20), /damaged GIF: the file ends/],
    ["no frame", gifBytes({ width: 2, height: 2 }, []), /0 frames where 2 were to be kept/],
    ["more frames", images(50, 50, 100), /3 frames where 2 were to be kept/],
    ["another time", images(100, 99), /a GIF of 1\.99 s for one of 2 s/],
    ["another size", gifBytes({ width: 1, height: 1 }, []), /a GIF of 1 x 1 for one of 2 x 2/],
  ])("does not take %s for a result", async (_, bytes, message) => {
    await expect(answered(bytes)).rejects.toMatchObject({
      code: "BAD_OUTPUT",
      message: expect.stringMatching(message),
    });
  });

  it("does not take all frames where half were asked for", async () => {
    await expect(answered(images(100, 100), { frameRatio: 0.5 })).rejects.toThrow("2 frames where 1 were to be kept");
  });

  it("takes an engine at its word when it says that it did not do it", async () => {
    const engines = await folder.engines(`echo "warning: GIF too complex to unoptimize" >&2; cat`);
    await expect(convertGif("gifsicle", SOURCE, { lossy: 1 }, { engines })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: "gifsicle cannot do this with this GIF: too complex to unoptimize",
    });
  });

  it("bounds an engine in time and output as it is told to", async () => {
    const hanging = await folder.engines("sleep 600");
    const limits = { timeoutSeconds: 0.3, outputMb: 0.001 };
    await expect(convertGif("gifsicle", SOURCE, {}, { engines: hanging, limits })).rejects.toMatchObject({
      code: "TIMEOUT",
    });
    const flooding = { ...hanging, found: [{ ...hanging.found[0]!, path: "/bin/cat" }] };
    const wrong = convertGif("gifsicle", SOURCE, {}, { engines: flooding, limits: { timeoutSeconds: -1 } });
    await expect(wrong).rejects.toThrow("timeoutSeconds must be 0.01 to 86400, got -1");
  });

  it("leaves nothing in the folder for temporary files, whatever its name, while an engine runs and after it ended", async () => {
    const odd = join(folder.path, "-o x; $(touch y) %d 'z'");
    mkdirSync(odd);
    vi.stubEnv("TMPDIR", odd);
    try {
      const seen = join(folder.path, "seen");
      const engines = await folder.engines(`ls -A > '${seen}'; cat`);
      const { bytes } = await convertGif("gifsicle", SOURCE, { lossy: 1 }, { engines });
      expect(bytes).toEqual(SOURCE);
      expect(readdirSync(folder.path)).not.toContain("y");
      const failing = await folder.engines("sleep 600");
      const limits = { timeoutSeconds: 0.1 };
      await expect(convertGif("gifsicle", SOURCE, {}, { engines: failing, limits })).rejects.toThrow();
      expect(readdirSync(odd)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("says where its temporary file could not be written", async () => {
    const engines = await folder.engines("cat");
    const gone = mkdtempSync(join(tmpdir(), "giflab-gone-"));
    rmSync(gone, { recursive: true });
    vi.stubEnv("TMPDIR", gone);
    try {
      await expect(convertGif("gifsicle", SOURCE, {}, { engines })).rejects.toMatchObject({
        code: "TEMPORARY_FILE",
        message: expect.stringContaining(`no temporary file in ${gone} `),
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
