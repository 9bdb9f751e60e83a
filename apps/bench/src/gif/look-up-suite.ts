import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instrumentChannels } from "@giflab/instrumentation";
import { MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { type DecodedGif, decodeGif, FrameCache, loadContentHasher } from "@giflab/processing";
import { atMost } from "../figure.ts";
import { printTable } from "../table.ts";
import type { GifSuite } from "./gif-suite.ts";
import { processorTimes, type Way } from "./processor-time.ts";

const LOOK_UPS = 5000;
const FILES = 50;
const HIT_US = 5;
const CONTENT_MB = 8;
const RECORDED = "by version, metrics recorded";

interface LookUps extends Way {
  /** Of what the time is told per one. */
  readonly count: number;
}

/**
 * What a hit in the frame cache's memory costs: while nobody listens, with metrics recorded (counters, timer, memory, reuse
 * distance), and keyed by content; and what the first look at a file costs by content. In processor time of the thread, of
 * which a look-up takes too little for a clock on a busy machine.
 */
export const lookUpSuite: GifSuite = {
  name: "cache-look-up",
  run: async (set) => {
    const folder = mkdtempSync(join(tmpdir(), "giflab-look-up-bench-"));
    const contentHasher = await loadContentHasher();
    const memory = { memoryLimitMb: 500, diskLimitMb: 0 };
    const byVersion = new FrameCache({ ...memory, diskPath: join(folder, "version.db") });
    const byContent = new FrameCache({
      ...memory,
      diskPath: join(folder, "content.db"),
      keyBy: "content",
      contentHasher,
    });
    const gif = await decodeGif(set.find(({ sizeClass }) => sizeClass === "small")!.path);
    const paths = Array.from({ length: FILES }, (_, number) => join(folder, `${number}.gif`));
    for (const [number, path] of paths.entries()) {
      writeFileSync(path, `GIF89a ${number}`);
      byVersion.put(path, gif);
      byContent.put(path, gif);
    }
    const large = join(folder, "large.gif");
    writeFileSync(large, new Uint8Array(CONTENT_MB * 2 ** 20).fill(7));
    const collector = new MetricsCollector({ backends: [new MemoryBackend()], service: "bench", handleSignals: false });
    const observed = (work: () => unknown): unknown => {
      using _ = instrumentChannels({ collector });
      return work();
    };
    let touches = 0;
    try {
      const ways: readonly LookUps[] = [
        { name: "by version, nobody listens", count: LOOK_UPS, run: () => lookUpOften(byVersion, paths) },
        { name: RECORDED, count: LOOK_UPS, run: () => observed(() => lookUpOften(byVersion, paths)) },
        { name: "by content, nobody listens", count: LOOK_UPS, run: () => lookUpOften(byContent, paths) },
        {
          name: "by content, metrics recorded",
          count: LOOK_UPS,
          run: () => observed(() => lookUpOften(byContent, paths)),
        },
        {
          name: `by content, a touched file of ${CONTENT_MB} MB, per MB`,
          count: CONTENT_MB,
          prepare: () => utimesSync(large, 1, ++touches),
          run: () => byContent.get(large),
        },
      ];
      const us = new Map(processorTimes(ways).map(({ name, ms }, at) => [name, (1000 * ms) / ways[at]!.count]));
      console.log("\nFrame cache: us per look-up that memory answers");
      printTable(
        ["", "us"],
        [...us].map(([name, value]) => [name, value.toFixed(2)]),
      );
      return [atMost(`memory hit ${RECORDED}`, us.get(RECORDED)!, HIT_US, "us")];
    } finally {
      await Promise.all([byVersion.close(), byContent.close(), collector.close()]);
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function lookUpOften(cache: FrameCache, paths: readonly string[]): DecodedGif {
  let last: DecodedGif | undefined;
  for (let times = 0; times < LOOK_UPS; times++) {
    last = cache.get(paths[times % paths.length]!);
    if (last === undefined) throw new Error("what was put into the cache is not there");
  }
  return last!;
}
