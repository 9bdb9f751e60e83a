import { once } from "node:events";
import { createServer, get, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { createScrapeHandler, PrometheusBackend, type ScrapeSource } from "@giflab/backend-prometheus";
import { counterPoint, snapshotOf } from "@giflab/backend-testkit";
import { getMetricsCollector, MetricsCollector, setMetricsCollector } from "@giflab/metrics-core";
import { fastify } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { Program } from "./program.ts";
import { sampleOf } from "./scraped-text.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listen(listener: RequestListener): Promise<string> {
  return listening(createServer(listener));
}

async function listening(server: Server): Promise<string> {
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  if (!server.listening) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function filled(): PrometheusBackend {
  const backend = new PrometheusBackend();
  backend.write(snapshotOf({ points: [counterPoint("hits", 3, { tags: { tier: "memory" } })] }));
  return backend;
}

const HITS = 'hits_total{tier="memory"}';

describe("a scrape over node:http", () => {
  it("gets text, or OpenMetrics when it asks for it", async () => {
    const url = await listen(createScrapeHandler(filled()));
    const plain = await fetch(url);
    expect(plain.status).toBe(200);
    expect(plain.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(sampleOf(await plain.text(), HITS)).toBe(3);
    const open = await fetch(url, { headers: { Accept: "application/openmetrics-text;version=1.0.0" } });
    expect(open.headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect((await open.text()).endsWith("# EOF\n")).toBe(true);
  });

  it("is compressed when the client accepts that, and only then", async () => {
    const url = await listen(createScrapeHandler(filled()));
    const raw = async (encoding: string): Promise<{ encoding: string | undefined; body: Buffer }> => {
      const request = get(url, { headers: { "Accept-Encoding": encoding } });
      const [response] = await once(request, "response");
      return { encoding: response.headers["content-encoding"], body: Buffer.concat(await response.toArray()) };
    };
    const packed = await raw("gzip");
    expect(packed.encoding).toBe("gzip");
    expect(sampleOf(gunzipSync(packed.body).toString(), HITS)).toBe(3);
    const plain = await raw("identity");
    expect(plain.encoding).toBeUndefined();
    expect(sampleOf(plain.body.toString(), HITS)).toBe(3);
  });

  it("by HEAD gets the headers alone; any other method is refused with what is allowed", async () => {
    const url = await listen(createScrapeHandler(filled()));
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(head.headers.get("content-type")).toContain("version=0.0.4");
    const post = await fetch(url, { method: "POST", body: "x" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("of a closed backend is answered with 503 and why", async () => {
    const backend = filled();
    const url = await listen(createScrapeHandler(backend));
    await backend.close();
    const response = await fetch(url);
    expect(response.status).toBe(503);
    expect(await response.text()).toContain("closed");
  });

  it("that fails in the middle breaks the connection, so that nobody takes the part for the whole", async () => {
    const source: ScrapeSource = {
      async *scrape() {
        yield "a 1\n";
        throw new Error("half way");
      },
    };
    const url = await listen(createScrapeHandler(source));
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
  });

  it("whose client goes away stops writing the text", async () => {
    let ended: (() => void) | undefined;
    const stopped = new Promise<void>((resolve) => {
      ended = resolve;
    });
    let slices = 0;
    const source: ScrapeSource = {
      async *scrape() {
        try {
          for (;;) {
            slices++;
            yield "a 1\n".repeat(10_000);
          }
        } finally {
          ended?.();
        }
      },
    };
    const url = await listen(createScrapeHandler(source));
    const request = get(url);
    const [response] = await once(request, "response");
    await once(response, "data");
    request.destroy();
    await stopped;
    // What a client has not taken is not written: some buffers of sockets are full, and no more.
    expect(slices).toBeLessThan(1000);
  });
});

describe("the handler in a framework", () => {
  it("is a route of Express", async () => {
    await using program = new Program("express-server.ts");
    const url = await program.line();
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get("content-type")).toContain("version=0.0.4");
    expect(sampleOf(await response.text(), HITS)).toBe(3);
    expect((await fetch(`${url}/other`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: "HEAD" })).status).toBe(200);
  });

  it("is a route of Fastify", async () => {
    const app = fastify();
    app.get("/metrics", createScrapeHandler(filled()));
    closing.push(() => app.close());
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get("content-type")).toContain("version=0.0.4");
    expect(sampleOf(await response.text(), HITS)).toBe(3);
    expect((await fetch(`${url}/metrics`, { method: "HEAD" })).status).toBe(200);
  });
});

describe("a handler without a backend", () => {
  const fresh = (options: ConstructorParameters<typeof MetricsCollector>[0] = {}): MetricsCollector => {
    const collector = new MetricsCollector({ service: "test", onWarning: () => {}, ...options });
    setMetricsCollector(collector);
    closing.push(() => {
      setMetricsCollector(undefined);
      return collector.close();
    });
    return collector;
  };

  it("shows what the process-wide collector has recorded since it began", async () => {
    const url = await listen(createScrapeHandler({ prefix: "shop" }));
    fresh();
    getMetricsCollector().recordCounter("orders", 2);
    expect(sampleOf(await (await fetch(url)).text(), "shop_orders_total")).toBe(2);
    getMetricsCollector().recordCounter("orders", 1);
    expect(sampleOf(await (await fetch(url)).text(), "shop_orders_total")).toBe(3);
    expect(getMetricsCollector().backends).toHaveLength(1);
  });

  it("uses the collector's own backend where there is one", async () => {
    const url = await listen(createScrapeHandler());
    const collector = fresh({ backends: [new PrometheusBackend({ prefix: "own" })] });
    collector.recordCounter("orders", 2);
    expect(sampleOf(await (await fetch(url)).text(), "own_orders_total")).toBe(2);
  });

  it("answers 503 when monitoring is off or over", async () => {
    const url = await listen(createScrapeHandler());
    fresh({ enabled: false });
    expect((await fetch(url)).status).toBe(503);
    const collector = fresh();
    await collector.close();
    expect((await fetch(url)).status).toBe(503);
  });

  it("tells a mistake in its options at once", () => {
    expect(() => createScrapeHandler({ buckets: [1, 1] })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining("rising") }),
    );
  });
});
