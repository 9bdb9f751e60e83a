import { join } from "node:path";
import { FrameCache } from "../../src/caching/frame-cache.ts";
import { MemoryPressure } from "../../src/caching/memory-pressure.ts";
import { ResizedFrameCache } from "../../src/caching/resized-frame-cache.ts";
import { ValidationCache } from "../../src/caching/validation-cache.ts";
import { animation, writeSource } from "./test-animation.ts";

// A process whose caches fill up while its memory, of which it may have `limitMb`, runs out; it looks by its timer.
const [folder, limit] = process.argv.slice(2);
const limitBytes = Number(limit) * 2 ** 20;
const frame = new FrameCache({ diskPath: join(folder!, "frame.db"), diskLimitMb: 0 });
const validation = new ValidationCache({ diskPath: join(folder!, "validation.db"), diskLimitMb: 0 });
const resize = new ResizedFrameCache({ clearSignalPath: join(folder!, "resize") });
const pressure = new MemoryPressure({
  caches: { validation, resize, frame },
  intervalSeconds: 0.01,
  probe: () => ({ usedBytes: process.memoryUsage().rss, totalBytes: limitBytes }),
});
for (let metric = 0; metric < 100; metric++) validation.put({ metric: "ssim", frames: ["a", `${metric}`] }, metric);
const before: number[] = [];
for (let file = 0; file < 8; file++) {
  const path = writeSource(join(folder!, `${file}.gif`));
  frame.put(path, animation(file, { width: 512, height: 512, frames: 2 }));
}
before.push(validation.memoryBytes, frame.memoryBytes);
const calm = pressure.look();
pressure.start();
// What an emergency is made of: memory that is in use, whatever the caches do.
const ballast: Uint8Array[] = [];
let looks = 0;
const timer = setInterval(() => {
  if (process.memoryUsage().rss < limitBytes && ballast.length < 100) ballast.push(new Uint8Array(2 ** 23).fill(1));
  if (pressure.level !== "emergency" && looks++ < 2000) return;
  clearInterval(timer);
  console.log(
    JSON.stringify({
      calm,
      level: pressure.level,
      before,
      after: [validation.memoryBytes, frame.memoryBytes],
      ballast: ballast.length,
    }),
  );
  // The timer of the pressure keeps nothing alive: the process ends by itself.
}, 5);
