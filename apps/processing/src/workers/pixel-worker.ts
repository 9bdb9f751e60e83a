// The entry of a worker thread: answers each request, and does nothing when it is loaded in a main thread.
import { type MessagePort, parentPort } from "node:worker_threads";
import type { RenderedGif } from "../pipeline/render-pipeline.ts";
import { compareImages } from "../quality/compare-images.ts";
import { packError } from "./carried-error.ts";
import type { PixelAnswer, PixelRequest, RenderJob } from "./pixel-job.ts";
import { unpackImage } from "./pixel-slot.ts";

async function render({ bytes, pipelineId, parameters, limits }: RenderJob): Promise<RenderedGif> {
  // Loaded by the first job that needs it: most threads only compare.
  const [{ findPipeline }, { renderPipeline }] = await Promise.all([
    import("../pipeline/preset.ts"),
    import("../pipeline/render-pipeline.ts"),
  ]);
  // The pool has looked: an id that leads nowhere does not come here.
  const pipeline = findPipeline(pipelineId)!;
  return renderPipeline({ bytes }, pipeline, parameters ?? pipeline.parameters, limits === undefined ? {} : { limits });
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
