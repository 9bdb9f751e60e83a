import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { metricsOf } from "./official-protos.ts";
import { OtlpReceiver } from "./otlp-receiver.ts";
import { silentServer } from "./silent-server.ts";

const PROGRAM = fileURLToPath(new URL("fixtures/ending-program.ts", import.meta.url));

async function start(argument: string): Promise<{ child: ChildProcess; receiver: OtlpReceiver; stderr: () => string }> {
  const receiver = await OtlpReceiver.listen();
  onTestFinished(() => receiver.halt());
  const child = spawn(process.execPath, ["--conditions=@giflab/source", PROGRAM, argument], {
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return { child, receiver, stderr: () => said };
}

/** Totals: the last flush and the final snapshot may both say it. */
const calls = ({ requests }: OtlpReceiver) =>
  requests.flatMap(({ decoded }) =>
    metricsOf(decoded).flatMap(({ name, sum }) => (name === "calls" ? [sum?.dataPoints[0]?.asDouble] : [])),
  );

describe("a program that sends OTLP", () => {
  it("delivers what it recorded when it comes to its end, without being told to", async () => {
    const { child, receiver, stderr } = await start("end");
    const [code] = await once(child, "close");
    expect([code, stderr()]).toEqual([0, ""]);
    expect(new Set(calls(receiver))).toEqual(new Set([3]));
  });

  it("delivers it on SIGTERM and dies of the signal", async () => {
    const { child, receiver, stderr } = await start("wait");
    await once(child.stdout!, "data");
    child.kill("SIGTERM");
    const [, signal] = await once(child, "close");
    expect([signal, stderr()]).toEqual(["SIGTERM", ""]);
    expect(new Set(calls(receiver))).toEqual(new Set([3]));
  });

  it("ends although the receiver takes its last flush and never answers", async () => {
    const { endpoint, asked } = await silentServer();
    const child = spawn(process.execPath, ["--conditions=@giflab/source", PROGRAM, "end"], {
      env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: "3600000" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [code] = await once(child, "close");
    expect([code, asked()]).toEqual([0, 1]);
  });
});
