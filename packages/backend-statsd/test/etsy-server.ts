import { createRequire } from "node:module";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { eventually, freePort, listens, Receiver } from "@giflab/backend-testkit/receivers";

/** What the server found in a flush. */
export interface EtsyFlush {
  readonly counters: Readonly<Record<string, number>>;
  readonly gauges: Readonly<Record<string, number>>;
  /** By timer: `count`, `sum`, `mean`, `median`, `upper`, `upper_90` and so on, in milliseconds. */
  readonly timers: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface EtsyOptions {
  /** Milliseconds between flushes; default an hour, so that there is one only, at its end. */
  readonly flushIntervalMs?: number;
  /** Port of a carbon cache on loopback that gets what it has at each flush. */
  readonly carbonPort?: number;
}

const FIXTURES = join(import.meta.dirname, "fixtures");

/** The original StatsD server, npm `statsd`, at one UDP and TCP port of loopback. */
export class EtsyServer {
  readonly port: number;
  readonly receiver: Receiver;
  readonly #managementPort: number;

  private constructor(port: number, managementPort: number, receiver: Receiver) {
    this.port = port;
    this.#managementPort = managementPort;
    this.receiver = receiver;
  }

  static async start({ flushIntervalMs = 3_600_000, carbonPort }: EtsyOptions = {}): Promise<EtsyServer> {
    const [port, managementPort] = [await freePort(), await freePort()];
    const servers = ["./servers/udp", "./servers/tcp"].map((server) => ({ server, address: "127.0.0.1", port }));
    const configuration = {
      servers,
      mgmt_address: "127.0.0.1",
      mgmt_port: managementPort,
      flushInterval: flushIntervalMs,
      percentThreshold: [50, 90, 95, 99, 99.9],
      deleteIdleStats: true,
      backends: [join(FIXTURES, "json-lines.cjs"), ...(carbonPort === undefined ? [] : ["./backends/graphite"])],
      graphiteHost: "127.0.0.1",
      graphitePort: carbonPort,
    };
    const folder = dirname(createRequire(import.meta.url).resolve("statsd/package.json"));
    const receiver = await Receiver.start({
      command: process.execPath,
      args: ["-r", join(FIXTURES, "util-log.cjs"), join(folder, "stats.js"), "config.js"],
      files: { "config.js": JSON.stringify(configuration) },
      ready: async (output) => output().includes("server is up") && (await listens(port)),
    });
    return new EtsyServer(port, managementPort, receiver);
  }

  /** All flushes so far, over restarts. */
  get flushes(): readonly EtsyFlush[] {
    const lines = this.receiver.output.split("\n").slice(0, -1);
    return lines.filter((line) => line.startsWith("FLUSH ")).map((line) => JSON.parse(line.slice(6)) as EtsyFlush);
  }

  /** Total of a counter over all flushes. */
  total(counter: string): number {
    return this.flushes.reduce((sum, { counters }) => sum + (counters[counter] ?? 0), 0);
  }

  /** Resolves when it has read a counter of this name, and so what was sent before. */
  async hasRead(counter: string): Promise<void> {
    await eventually(async () => (await this.#ask("counters")).includes(`'${counter}'`), {
      describe: () => `${counter} has not been read`,
    });
  }

  /** Ends it; it flushes what it has read. */
  async halt(): Promise<EtsyFlush> {
    const before = this.flushes.length;
    await this.receiver.halt();
    await eventually(() => this.flushes.length > before, { describe: () => this.receiver.output.slice(-2000) });
    return this.flushes.at(-1)!;
  }

  #ask(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = "";
      const socket = connect(this.#managementPort, "127.0.0.1", () => socket.write(`${command}\n`));
      socket.setEncoding("utf8").on("data", (text: string) => {
        answer += text;
        if (answer.includes("END\n")) socket.destroy();
      });
      socket.once("error", reject);
      socket.once("close", () => resolve(answer));
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.receiver.stop();
  }
}
