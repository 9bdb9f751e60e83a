// The entry of a worker thread: answers each request, and does nothing when it is loaded in a main thread.
import { type MessagePort, parentPort } from "node:worker_threads";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { PRESETS } from "../pipeline/preset.ts";
import { type RenderedGif, renderPipeline } from "../pipeline/render-pipeline.ts";
import { compareImages } from "../quality/compare-images.ts";
import { packError } from "./carried-error.ts";
import type { PixelAnswer, PixelRequest, RenderJob } from "./pixel-job.ts";
import { unpackImage } from "./pixel-slot.ts";

function pipelineOf(id: string): Pipeline {
  for (const { pipelines } of PRESETS.values()) {
    const found = pipelines.find((pipeline) => pipeline.id === id);
    if (found !== undefined) return found;
  }
  throw new RangeError(`pipelineId must be a pipeline of a preset, got "${id}"`);
}

function render({ bytes, pipelineId, parameters, limits }: RenderJob): Promise<RenderedGif> {
  return renderPipeline({ bytes }, pipelineOf(pipelineId), parameters, limits === undefined ? {} : { limits });
}

async function answer(request: PixelRequest): Promise<PixelAnswer> {
  const { id } = request;
  try {
    if (request.kind === "render") return { kind: "rendered", id, rendered: await render(request) };
    const { pixels, a, b, metrics } = request;
    return { kind: "values", id, values: compareImages(unpackImage(pixels, a), unpackImage(pixels, b), metrics) };
  } catch (error) {
    return { kind: "failed", id, error: packError(error) };
  }
}

function serve(port: MessagePort): void {
  port.on("message", async (request: PixelRequest) => {
    const result = await answer(request);
    port.postMessage(result, result.kind === "rendered" ? [result.rendered.bytes.buffer] : []);
  });
}

if (parentPort !== null) serve(parentPort);
