import { decodeGifBytes } from "@giflab/processing";
import type { Figure } from "../figure.ts";
import { printTable } from "../table.ts";
import type { BenchGif } from "./bench-set.ts";
import { DECODE_PEERS, type PeerDecoder, turnOffPeerCaches } from "./decode-peers.ts";
import type { GifSuite } from "./gif-suite.ts";
import { interleaveJobs, type JobTiming, jobRatio } from "./interleaved-jobs.ts";

/** How many decodes a job does: one of a small GIF is too short to be timed. */
const DECODES = { small: 10, medium: 1, large: 1 } as const;
const SHARP_AT_WORST = 1.3;

interface Row {
  readonly gif: BenchGif;
  readonly ours: JobTiming;
  readonly peers: ReadonlyMap<string, JobTiming>;
  readonly notes: readonly string[];
}

/** All frames of every GIF, from bytes in memory to full RGBA, beside other decoders. */
export const decodeSuite: GifSuite = {
  name: "decode",
  run: async (set) => {
    turnOffPeerCaches();
    // Every decoder has met every kind of GIF before the first is timed.
    for (const { bytes } of set)
      for (const decode of [ours, ...Object.values(DECODE_PEERS)]) await attempt(decode, bytes);
    const rows: Row[] = [];
    for (const gif of set) rows.push(await measure(gif));
    print(rows);
    return figures(rows);
  },
};

function ours(bytes: Uint8Array<ArrayBuffer>): Uint8Array[] {
  const { frames } = decodeGifBytes(bytes, { maxFrames: Number.MAX_SAFE_INTEGER });
  return frames.map(({ rgba }) => new Uint8Array(rgba.buffer));
}

async function measure(gif: BenchGif): Promise<Row> {
  const expected = ours(gif.bytes);
  const able: [string, PeerDecoder][] = [];
  const notes: string[] = [];
  for (const [name, decode] of Object.entries(DECODE_PEERS)) {
    const frames = await attempt(decode, gif.bytes);
    if (frames instanceof Error) notes.push(`${name} cannot read it (${frames.message})`);
    else {
      able.push([name, decode]);
      const difference = differs(expected, frames);
      if (difference !== undefined) notes.push(`${name}: ${difference}`);
    }
  }
  const decodes = DECODES[gif.sizeClass];
  const [first, ...others] = await interleaveJobs(
    [["ours", ours] as const, ...able].map(([name, decode]) => ({
      name,
      run: () => several(decode, gif.bytes, decodes),
    })),
    { rounds: 15, seconds: 6 },
  );
  return { gif, ours: first!, peers: new Map(others.map((timing) => [timing.name, timing])), notes };
}

async function several(decode: PeerDecoder, bytes: Uint8Array<ArrayBuffer>, decodes: number): Promise<unknown> {
  let frames: unknown;
  for (let times = 0; times < decodes; times++) frames = await decode(bytes);
  return frames;
}

async function attempt(decode: PeerDecoder, bytes: Uint8Array<ArrayBuffer>): Promise<readonly Uint8Array[] | Error> {
  try {
    return await decode(bytes);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What is not the same as ours, in words. */
function differs(expected: readonly Uint8Array[], frames: readonly Uint8Array[]): string | undefined {
  if (frames.length !== expected.length) return `${frames.length} frames instead of ${expected.length}`;
  if (frames[0]?.length !== expected[0]?.length) return "frames of another size";
  const other = frames.filter((frame, index) => Buffer.compare(frame, expected[index]!) !== 0).length;
  return other === 0 ? undefined : `other pixels in ${other} of ${frames.length} frames`;
}

function print(rows: readonly Row[]): void {
  const names = Object.keys(DECODE_PEERS);
  console.log("\nDecoding all frames to RGBA (ms; in brackets how many times ours)");
  printTable(
    ["", "ours", ...names],
    rows.map(({ gif, ours, peers }) => [
      gif.name,
      (ours.ms / DECODES[gif.sizeClass]).toFixed(2),
      ...names.map((name) => {
        const peer = peers.get(name);
        if (peer === undefined) return "-";
        return `${(peer.ms / DECODES[gif.sizeClass]).toFixed(2)} (${jobRatio(peer, ours).toFixed(2)}x)`;
      }),
    ]),
  );
  for (const { gif, notes } of rows) for (const note of notes) console.log(`  ${gif.name}: ${note}`);
}

function figures(rows: readonly Row[]): Figure[] {
  const all = Object.keys(DECODE_PEERS).map((name) => {
    const ratios = rows.flatMap(({ gif, ours, peers }) => {
      const peer = peers.get(name);
      return peer === undefined ? [] : [{ name: gif.name, times: jobRatio(peer, ours) }];
    });
    const mean = Math.exp(ratios.reduce((sum, { times }) => sum + Math.log(times), 0) / ratios.length);
    return { name, mean, worst: ratios.reduce((a, b) => (b.times < a.times ? b : a)) };
  });
  return all.flatMap(({ name, mean, worst }): Figure[] => {
    const average = `geometric mean ${mean.toFixed(2)}x, least ${worst.times.toFixed(2)}x (${worst.name})`;
    if (name !== "sharp") return [{ text: `faster than ${name} on each GIF`, got: average, reached: worst.times > 1 }];
    return [
      { text: "faster than sharp in the geometric mean", got: average, reached: mean > 1 },
      {
        text: `nowhere more than ${SHARP_AT_WORST}x slower than sharp`,
        got: average,
        reached: worst.times >= 1 / SHARP_AT_WORST,
      },
    ];
  });
}
