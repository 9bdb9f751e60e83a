import { eventually } from "@giflab/backend-testkit/receivers";
import { afterEach, describe, expect, it } from "vitest";
import { Program } from "./program.ts";
import { linesOf, sampleOf } from "./scraped-text.ts";

/** A process of the cluster under test. */
interface Process {
  readonly pid: number;
  readonly url: string;
}

class TestCluster {
  readonly program: Program;
  primary: Process = { pid: 0, url: "" };
  readonly workers: Process[] = [];

  constructor(environment: Readonly<Record<string, string>> = {}) {
    this.program = new Program("cluster-program.ts", environment);
  }

  async started(processes: number): Promise<this> {
    for (let i = 0; i < processes; i++) {
      const [who = "", url = ""] = (await this.program.line()).split(" ");
      if (who === "primary") this.primary = { pid: this.program.child.pid ?? 0, url };
      else this.workers.push({ pid: Number(who), url });
    }
    return this;
  }
}

let running: TestCluster | undefined;
afterEach(async () => {
  // A stopped process ends only when it goes on.
  for (const { pid } of running?.workers ?? []) signal(pid, "SIGKILL");
  await running?.program[Symbol.asyncDispose]();
  running = undefined;
});

async function start(environment: Readonly<Record<string, string>> = {}, workers = 2): Promise<TestCluster> {
  running = new TestCluster({ WORKERS: String(workers), ...environment });
  return running.started(workers + 1);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended already.
  }
}

async function ask({ url }: Process, action: string, value = 0): Promise<void> {
  await fetch(`${url}/${action}?value=${value}`);
}

async function scrape({ url }: Process): Promise<string> {
  const response = await fetch(`${url}/metrics`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  return text;
}

const JOBS = 'jobs_total{kind="web"}';

/** Waits until the primary shows so many processes. */
async function joined(cluster: TestCluster, processes: number): Promise<void> {
  await eventually(async () => sampleOf(await scrape(cluster.primary), "giflab_cluster_processes") === processes);
}

describe("a scrape in a cluster", () => {
  it("shows all processes, whichever answers it, as they are now", async () => {
    const cluster = await start();
    await joined(cluster, 3);
    const everybody = [cluster.primary, ...cluster.workers];
    for (const [place, one] of everybody.entries()) await ask(one, "count", 10 ** place);
    for (const asked of everybody) {
      const text = await scrape(asked);
      expect(sampleOf(text, JOBS)).toBe(111);
      expect(sampleOf(text, "load_seconds_count")).toBe(3);
      expect(sampleOf(text, "load_seconds_sum")).toBeCloseTo(1.11);
      expect(sampleOf(text, 'load_seconds_bucket{le="0.5"}')).toBe(2);
      expect(sampleOf(text, "depth")).toBe(111);
      expect(linesOf(text, "port{").sort()).toEqual(
        everybody.map(({ pid, url }) => `port{pid="${pid}"} ${new URL(url).port}`).sort(),
      );
      expect(linesOf(text, "giflab_instance_info")).toHaveLength(3);
      expect(sampleOf(text, "giflab_cluster_unanswered_total")).toBe(0);
    }
    await Promise.all(everybody.map((one) => ask(one, "count", 1)));
    const texts = await Promise.all([...everybody, ...everybody].map(scrape));
    expect(texts.map((text) => sampleOf(text, JOBS))).toEqual(Array(6).fill(114));
  });

  it("keeps what processes have counted that were killed or have left, whose gauges go", async () => {
    const cluster = await start();
    await joined(cluster, 3);
    const [killed, leaving] = cluster.workers as [Process, Process];
    await ask(killed, "count", 5);
    await ask(leaving, "count", 7);
    expect(sampleOf(await scrape(cluster.primary), JOBS)).toBe(12);
    signal(killed.pid, "SIGKILL");
    await joined(cluster, 2);
    let text = await scrape(leaving);
    expect(sampleOf(text, JOBS)).toBe(12);
    expect(sampleOf(text, "depth")).toBe(7);
    expect(linesOf(text, `port{pid="${killed.pid}"`)).toEqual([]);
    // What it counted last it tells on its way out.
    await ask(leaving, "count", 100);
    await ask(leaving, "exit");
    await joined(cluster, 1);
    text = await scrape(cluster.primary);
    expect(sampleOf(text, JOBS)).toBe(112);
    expect(sampleOf(text, "depth")).toBeUndefined();
    await ask(cluster.primary, "fork");
    await cluster.started(1);
    await joined(cluster, 2);
    await ask(cluster.workers[2]!, "count", 1);
    expect(sampleOf(await scrape(cluster.workers[2]!), JOBS)).toBe(113);
  });

  it("leaves a process out that does not answer, says so, and shows all of it when it answers again", async () => {
    const cluster = await start({ WAIT_SECONDS: "0.1" });
    await joined(cluster, 3);
    const [hung, other] = cluster.workers as [Process, Process];
    await ask(hung, "count", 5);
    await eventually(async () => sampleOf(await scrape(cluster.primary), JOBS) === 5);
    await ask(hung, "count", 20);
    signal(hung.pid, "SIGSTOP");
    await ask(other, "count", 1);
    await eventually(async () => sampleOf(await scrape(other), JOBS) === 6);
    const text = await scrape(other);
    expect(sampleOf(text, "giflab_cluster_unanswered_total")).toBeGreaterThanOrEqual(1);
    expect(sampleOf(text, "giflab_cluster_processes")).toBe(3);
    signal(hung.pid, "SIGCONT");
    await eventually(async () => sampleOf(await scrape(other), JOBS) === 26);
  });

  it("brings thousands of series over in pieces, each once", async () => {
    const cluster = await start();
    await joined(cluster, 3);
    for (const worker of cluster.workers) await ask(worker, "series", 900);
    await ask(cluster.workers[0]!, "series", 900);
    const texts = await Promise.all([cluster.primary, ...cluster.workers].map(scrape));
    for (const text of texts) {
      const lines = ["many", "more", "most"].flatMap((name) => linesOf(text, `${name}_total{`));
      expect(lines).toHaveLength(2700);
      expect(new Set(lines.map((line) => line.split(" ")[1]))).toEqual(new Set(["3"]));
    }
  });

  it("shows each process alone while the primary has no backend, and everything since the start while it has one", async () => {
    const cluster = await start({ LATE: "1" });
    const [one, other] = cluster.workers as [Process, Process];
    await ask(one, "count", 5);
    await ask(other, "count", 7);
    expect(sampleOf(await scrape(one), JOBS)).toBe(5);
    expect(sampleOf(await scrape(other), JOBS)).toBe(7);
    await ask(cluster.primary, "begin");
    await joined(cluster, 3);
    for (const asked of [cluster.primary, one, other]) expect(sampleOf(await scrape(asked), JOBS)).toBe(12);
    await ask(cluster.primary, "end");
    // A scrape that was waiting for the primary just then is refused.
    await eventually(async () => sampleOf(await scrape(one).catch(() => ""), JOBS) === 5);
  });

  it.runIf(process.env["GIFLAB_TEST_LONG"] === "1")("is refused by a process whose primary hangs", async () => {
    const cluster = await start({ WAIT_SECONDS: "0.1" });
    await joined(cluster, 3);
    signal(cluster.primary.pid, "SIGSTOP");
    try {
      await expect(scrape(cluster.workers[0]!)).rejects.toThrow(
        "503 the primary process of the cluster did not answer",
      );
    } finally {
      signal(cluster.primary.pid, "SIGCONT");
    }
  });
});
