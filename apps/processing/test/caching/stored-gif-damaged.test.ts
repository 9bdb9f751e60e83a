import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { FrameCache } from "../../src/caching/frame-cache.ts";
import { decodeGifBytes } from "../../src/gif/decode-gif.ts";
import type { DecodedGif } from "../../src/gif/decoded-gif.ts";
import { makeSampleGif } from "../../src/gif/make-sample-gifs.ts";
import { SAMPLE_SCENES } from "../../src/gif/sample-scenes.ts";
import { seededRandom } from "../../src/gif/seeded-random.ts";
import { damage } from "../gif/damaged-gifs.ts";
import { scratchFolder } from "./scratch-folder.ts";
import { writeSource } from "./test-animation.ts";

const rounds = process.env["GIFLAB_TEST_LONG"] === "1" ? 20_000 : 300;
const seed = Number(process.env["GIFLAB_TEST_SEED"] ?? 20_261_124);

test(`a stored GIF with damaged bytes is a miss, ${rounds} times (seed ${seed})`, async () => {
  const folder = scratchFolder();
  const path = writeSource(join(folder, "a.gif"));
  const diskPath = join(folder, "cache.db");
  const gif = decodeGifBytes(makeSampleGif(SAMPLE_SCENES.find(({ frames }) => frames > 3)!));
  await using cache = new FrameCache({ diskPath, memoryLimitMb: 0 });
  cache.put(path, gif);
  await cache.flush();
  const expected = pixels(gif);

  using database = disposable(new Database(diskPath));
  const sound = database.prepare("SELECT * FROM entry").get() as Record<string, unknown> & { data: Buffer };
  const columns = Object.keys(sound);
  const insert = database.prepare(
    `INSERT INTO entry(${columns.join(", ")}) VALUES (${columns.map((name) => `@${name}`).join(", ")})`,
  );
  const store = (data: Uint8Array): void => {
    database.prepare("DELETE FROM entry").run();
    insert.run({ ...sound, data: Buffer.from(data) });
  };
  const random = seededRandom(seed);
  const original = new Uint8Array(sound.data);
  let misses = 0;
  for (let round = 0; round < rounds; round++) {
    store(damage(original, original, random));
    const found = cache.get(path);
    if (found === undefined) misses++;
    else expect(pixels(found), `seed ${seed} round ${round}`).toEqual(expected);
    // What was found damaged is removed soon.
    await cache.flush();
  }
  expect(misses).toBeGreaterThan(0.9 * rounds);
  store(original);
  expect(pixels(cache.get(path)!)).toEqual(expected);
});

function pixels(gif: DecodedGif): readonly string[] {
  return gif.frames.map(({ rgba }) => Buffer.from(rgba.buffer).toString("latin1"));
}

function disposable<T extends { close(): unknown }>(thing: T): T & Disposable {
  return Object.assign(thing, { [Symbol.dispose]: () => void thing.close() });
}
