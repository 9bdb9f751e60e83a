import { readFileSync } from "node:fs";

/**
 * The points of a Graphite whisper file in time order: epoch seconds and value. Format (big-endian): aggregation, longest
 * retention, x-files factor and number of archives, 4 bytes each; of each archive offset, seconds a point and points; then
 * the points, 4 bytes of time and a double, where time 0 is none. Only the first archive, the finest, is read.
 */
export function readWhisper(path: string): readonly (readonly [seconds: number, value: number])[] {
  const data = readFileSync(path);
  const [offset, secondsPerPoint, count] = [data.readUInt32BE(16), data.readUInt32BE(20), data.readUInt32BE(24)];
  const newest = Date.now() / 1000 + 60;
  const points: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    const at = offset + i * 12;
    const seconds = data.readUInt32BE(at);
    if (seconds > newest - secondsPerPoint * count && seconds <= newest)
      points.push([seconds, data.readDoubleBE(at + 4)]);
  }
  return points.sort(([a], [b]) => a - b);
}
