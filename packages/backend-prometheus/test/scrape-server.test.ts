import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:net";
import { createBackend, PrometheusBackend } from "@giflab/backend-prometheus";
import { MetricsCollector } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { Program } from "./program.ts";
import { sampleOf } from "./scraped-text.ts";

function collect(backend: PrometheusBackend): MetricsCollector {
  return new MetricsCollector({ backends: [backend], service: "served", onWarning: () => {} });
}

describe("a backend with a port", () => {
  it("serves by itself on loopback, at its path and nowhere else, until it is closed", async () => {
    const backend = new PrometheusBackend({ port: 0, path: "/all" });
    const collector = collect(backend);
    collector.recordCounter("hits", 2);
    const url = await backend.url();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/all$/);
    expect(sampleOf(await (await fetch(`${url}?x=1`)).text(), "hits_total")).toBe(2);
    const elsewhere = await fetch(new URL("/metrics", url));
    expect([elsewhere.status, await elsewhere.text()]).toEqual([404, "metrics are at /all\n"]);
    await collector.close();
    await expect(fetch(url!)).rejects.toThrow();
  });

  it("says once that the port is taken, and the host goes on", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const warnings: string[] = [];
    const backend = createBackend({ port, onWarning: (message) => warnings.push(message) });
    const collector = collect(backend);
    expect(await backend.url()).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringContaining(`metrics cannot be served at 127.0.0.1:${port} (another program uses it`),
    ]);
    collector.recordCounter("hits", 1);
    await collector.close();
    other.close();
  });

  it("keeps no process alive, not even with a scraper that keeps its connection", async () => {
    await using program = new Program("serving-program.ts");
    const url = await program.line();
    expect(sampleOf(await (await fetch(url)).text(), "hits_total")).toBe(3);
    // A scraper that has connected and not asked yet would be waited for by the minute.
    const idle = connect(Number(new URL(url).port), "127.0.0.1");
    await once(idle, "connect");
    const ended = once(program.child, "exit");
    program.child.stdin?.end();
    expect(await ended).toEqual([0, null]);
    idle.destroy();
  });
});
