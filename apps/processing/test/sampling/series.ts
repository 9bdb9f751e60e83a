/** Makes the values of a metric on so many frames. */
export type SeriesKind = (frames: number, random: () => number) => number[];

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** What similarity to the original does over an animation, by what the animation does. */
export const SERIES: Readonly<Record<string, SeriesKind>> = {
  drift: (frames, random) => {
    const [start, slope] = [0.8 + 0.15 * random(), 0.2 * (random() - 0.5)];
    return Array.from({ length: frames }, (_, at) => start + (slope * at) / frames + 0.003 * normal(random));
  },
  cuts: (frames, random) => {
    let level = 0.9;
    return Array.from({ length: frames }, () => {
      if (random() < 0.06) level = 0.7 + 0.3 * random();
      return level + 0.002 * normal(random);
    });
  },
  periodic: (frames, random) => {
    const [period, height] = [2 + Math.floor(14 * random()), 0.02 + 0.15 * random()];
    const phase = period * random();
    return Array.from({ length: frames }, (_, at) => 0.8 + height * Math.sin((2 * Math.PI * (at + phase)) / period));
  },
  bursts: (frames, random) => {
    const values = Array.from({ length: frames }, () => 0.97 + 0.003 * normal(random));
    const [bursts, depth] = [1 + Math.floor(4 * random()), 0.05 + 0.25 * random()];
    for (let burst = 0; burst < bursts; burst++) {
      const begin = Math.floor(frames * random());
      const end = Math.min(frames, begin + Math.max(1, Math.floor(frames * (0.02 + 0.08 * random()))));
      for (let at = begin; at < end; at++) values[at]! -= depth;
    }
    return values;
  },
  constant: (frames, random) => Array(frames).fill(0.8 + 0.2 * random()),
};
