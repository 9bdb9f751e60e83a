import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

it("the example of the README runs and prints what it recorded", () => {
  const [, example = ""] = /^```ts\n(.*?)^```/ms.exec(readFileSync(`${root}/README.md`, "utf8")) ?? [];
  const flags = ["--conditions=@giflab/source", "--input-type=module-typescript", "-"];
  const printed = execFileSync(process.execPath, flags, { cwd: root, input: example, encoding: "utf8" });
  expect(printed).toMatch(/^cache\.hit_rate 0\.5 /m);
  expect(printed).toMatch(/^frame_bytes 4096 4096$/m);
  expect(printed).toMatch(/^queue_size 5 /m);
});
