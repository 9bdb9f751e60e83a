import { createSampler } from "../../src/sampling/frame-sampler.ts";
import { SAMPLING_STRATEGIES } from "../../src/sampling/sampling-config.ts";
import { levelFrames } from "./level-frames.ts";

// Run in a process of its own: prints which frames each strategy takes of the animation whose levels are the argument.
const levels = JSON.parse(process.argv[2]!) as number[];
const chosen: Record<string, readonly number[]> = {};
for (const strategy of SAMPLING_STRATEGIES) {
  const sampler = createSampler({ defaultStrategy: strategy, progressive: { targetCiWidth: 0.2 } });
  const { selection } = await sampler.process(levelFrames(levels), (index) => levels[index]! / 4, {
    value: (result) => result,
  });
  chosen[strategy] = selection.indices;
}
console.log(JSON.stringify(chosen));
