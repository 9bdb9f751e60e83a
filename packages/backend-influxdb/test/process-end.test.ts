import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { LineReceiver } from "./line-receiver.ts";

const program = fileURLToPath(new URL("fixtures/ending-program.ts", import.meta.url));

async function run(ending: "itself" | "wait"): Promise<{ code: unknown; signal: unknown; lines: readonly string[] }> {
  await using receiver = await LineReceiver.listen();
  const child = spawn(process.execPath, ["--conditions=@giflab/source", program, ending], {
    env: { ...process.env, INFLUX_URL: receiver.url, INFLUX_DATABASE: "ending" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  if (ending === "wait") {
    await once(child.stdout, "data");
    child.kill("SIGTERM");
  }
  const [code, signal] = await ended;
  return { code, signal, lines: receiver.lines };
}

it("delivers the last flush of a program that comes to its end", async () => {
  const { code, lines } = await run("itself");
  expect(code).toBe(0);
  expect(lines).toContainEqual(expect.stringMatching(/^calls,.*,service=ending delta=3,total=3 /));
});

it("delivers the last flush of a program that is ended by a signal", async () => {
  const { signal, lines } = await run("wait");
  expect(signal).toBe("SIGTERM");
  expect(lines).toContainEqual(expect.stringMatching(/^calls,.*,service=ending delta=3,total=3 /));
});

it("ends although the server takes the last flush and never answers", async () => {
  let requests = 0;
  const server = createServer((request) => {
    requests++;
    request.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const child = spawn(process.execPath, ["--conditions=@giflab/source", program, "itself"], {
    env: {
      ...process.env,
      INFLUX_URL: `http://127.0.0.1:${port}`,
      INFLUX_DATABASE: "ending",
      ENDING_TIMEOUT_MS: "300000",
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [code] = await once(child, "exit");
  server.closeAllConnections();
  server.close();
  expect([code, requests]).toEqual([0, 1]);
});
