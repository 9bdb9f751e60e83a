// A process of its own for the tests: `node cache-worker.ts write DISK FOLDER NAME COUNT` puts COUNT entries;
// `hold DISK FILE` keeps an entry in memory and says when it is gone. Talks over the IPC channel.
import { join } from "node:path";
import { FrameCache } from "../../src/caching/frame-cache.ts";
import { animation, writeSource } from "./test-animation.ts";

const [mode, diskPath, ...rest] = process.argv.slice(2) as [string, string, ...string[]];
const cache = new FrameCache({ diskPath });

if (mode === "write") {
  const [folder, name, count] = rest as [string, string, string];
  for (let number = 0; number < Number(count); number++) {
    const path = writeSource(join(folder, `${name}-${number}.gif`));
    cache.put(path, animation(number, { width: 20, height: 20 }));
    // Lets the queue write between two puts, as a busy process would.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await cache.close();
  process.disconnect();
} else {
  const gif = cache.get(rest[0]!);
  process.send?.(gif === undefined ? "missing" : "holding");
  const poll = setInterval(() => {
    // Looks at what the cache holds, not through it: a look-up would notice a clear by itself.
    if (cache.stats().memoryEntries > 0) return;
    clearInterval(poll);
    process.send?.("dropped");
    process.disconnect();
  }, 20);
}
