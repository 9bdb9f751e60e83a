import { decodeGif, FrameCache } from "@giflab/processing";

/**
 * A process that uses one GIF once and prints as JSON how many milliseconds that took:
 * `decode FILE` prints `[decode]`, `look-up FILE DATABASE` prints `[open, look-up]`.
 */
const [job, path, diskPath] = process.argv.slice(2) as [string, string, string | undefined];
const took: number[] = [];
let start = performance.now();
const done = (): void => {
  took.push(performance.now() - start);
  start = performance.now();
};

if (job === "decode") {
  await decodeGif(path);
  done();
} else {
  const cache = new FrameCache({ diskPath: diskPath! });
  cache.stats();
  done();
  const gif = cache.get(path);
  done();
  if (gif === undefined) throw new Error(`${path} is not in ${diskPath}`);
}
console.log(JSON.stringify(took));
