// Installs the packed packages as a stranger would, with npm into empty folders, and uses them on the Node that runs this.
import "./check-node.js";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const packed = resolve(process.argv[2] ?? ".packed");
const tarball = (name) => {
  const file = readdirSync(packed).find((one) => one.startsWith(`giflab-${name}-`) && one.endsWith(".tgz"));
  if (!file) throw new Error(`${packed} has no package ${name}`);
  return `file:${join(packed, file)}`;
};

const work = mkdtempSync(join(tmpdir(), "giflab-smoke-"));
const project = (name, packages, files) => {
  const folder = mkdtempSync(join(work, `${name}-`));
  const dependencies = Object.fromEntries(packages.map((one) => [`@giflab/${one}`, tarball(one)]));
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name, version: "1.2.3", private: true, type: "module", dependencies }),
  );
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return folder;
};
const node = (folder, ...args) =>
  execFileSync(process.execPath, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, HOME: folder, GIFLAB_METRICS_DB: join(folder, "metrics.db") },
  });
const expect = (truth, what) => {
  if (!truth) throw new Error(`smoke test failed: ${what}`);
  process.stdout.write(`ok   ${what}\n`);
};

try {
  const small = project("core-and-statsd", ["metrics-core", "backend-statsd"], {
    "main.js": `
      import { MetricsCollector, MemoryBackend } from "@giflab/metrics-core";
      import { StatsdBackend } from "@giflab/backend-statsd";
      const memory = new MemoryBackend();
      const collector = new MetricsCollector({ backends: [memory, new StatsdBackend({ port: 18125 })] });
      collector.counter("jobs").add(2);
      await collector.flush();
      const now = Date.now() / 1000;
      const [jobs] = await memory.summaries({ match: "jobs", from: now - 60, to: now + 1 });
      console.log(jobs.sum, collector.instance.service);
      await collector.close();
    `,
  });
  expect(
    node(small, "main.js").trim() === "2 core-and-statsd",
    "metrics-core and backend-statsd alone record and send",
  );
  for (const heavy of ["better-sqlite3", "@oclif", "sharp", "@giflab/backend-sqlite", "pino", "valibot"]) {
    expect(!existsSync(join(small, "node_modules", heavy)), `they install no ${heavy}`);
  }

  const sending = project(
    "other-systems",
    ["metrics-core", "backend-prometheus", "backend-otlp", "backend-influxdb", "dashboard"],
    {
      "main.js": `
      import { once } from "node:events";
      import { createServer } from "node:http";
      import { MetricsCollector } from "@giflab/metrics-core";
      import { PrometheusBackend } from "@giflab/backend-prometheus";
      import { PrometheusStore } from "@giflab/backend-prometheus/store";
      import { OtlpBackend } from "@giflab/backend-otlp";
      import { InfluxdbBackend } from "@giflab/backend-influxdb";
      import { grafanaDashboard } from "@giflab/dashboard";
      const asked = [];
      const server = createServer((request, response) => {
        asked.push(request.url.split("?")[0]);
        request.resume().on("end", () => response.writeHead(204).end());
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const url = "http://127.0.0.1:" + server.address().port;
      const prometheus = new PrometheusBackend({ port: 0 });
      const backends = [prometheus, new OtlpBackend({ endpoint: url }), new InfluxdbBackend({ url, database: "d" })];
      const collector = new MetricsCollector({ backends });
      collector.counter("jobs").add(2);
      const text = await (await fetch(await prometheus.url())).text();
      await collector.close();
      server.close();
      console.log(/^jobs_total(\\{.*\\})? 2$/m.test(text), asked.sort().join(" "), typeof PrometheusStore, typeof grafanaDashboard);
    `,
    },
  );
  const sent = node(sending, "main.js").trim();
  expect(
    sent === "true /v1/metrics /write function function",
    `the backends for Prometheus, OTLP and InfluxDB send or are scraped: ${sent}`,
  );
  for (const heavy of ["better-sqlite3", "@oclif", "@opentelemetry", "hot-shots", "valibot"]) {
    expect(!existsSync(join(sending, "node_modules", heavy)), `they install no ${heavy}`);
  }

  const full = project(
    "one-liner",
    [
      ...["metrics-core", "instrumentation", "alerting", "monitoring", "backend-sqlite"],
      ...["cli-kit", "dashboard", "cli", "processing"],
    ],
    {
      "main.js": `
      import { instrumentAllSystems, getMetricsCollector, trackTiming } from "@giflab/monitoring";
      const monitoring = await instrumentAllSystems();
      const work = trackTiming({ metricName: "work.duration" }, (n) => n + 1);
      for (let i = 0; i < 100; i++) work(i);
      getMetricsCollector().counter("work.done", { unit: "{job}" }).add(100);
      await monitoring.stop();
    `,
      "required.cjs": `
      const { MetricsCollector } = require("@giflab/metrics-core");
      console.log(typeof MetricsCollector);
    `,
    },
  );
  node(full, "main.js");
  const status = JSON.parse(node(full, "node_modules/@giflab/cli/bin/giflab.js", "metrics", "status", "--json"));
  const done = status.metrics.find((metric) => metric.name === "work.done");
  const duration = status.metrics.find((metric) => metric.name === "work.duration");
  expect(
    done?.sum === 100 && duration?.count === 100,
    "the one-liner records into SQLite and the CLI of another process reads it",
  );
  expect(node(full, "required.cjs").trim() === "function", "the packages can be loaded with require()");
  const help = node(full, "node_modules/@giflab/cli/bin/giflab.js", "--help");
  expect(
    /metrics/.test(help) && /cache/.test(help) && /run/.test(help),
    "the installed CLI finds the processing plugin",
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
