import { createServer, type Server as HttpServer, type IncomingMessage } from "node:http";
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import { gunzipSync } from "node:zlib";

/** What a receiver does with what arrives. */
export type Behaviour = "answers" | "hangs";

/** An OTLP receiver on loopback: adds up the differences of counters that it has acknowledged, by name. */
export class CountingOtlp {
  readonly sums: Map<string, number> = new Map();
  behaviour: Behaviour = "answers";
  #server: HttpServer | undefined;

  async listen(port: number): Promise<void> {
    this.#server = createServer(async (request, response) => {
      const body = await bodyOf(request).catch(() => undefined);
      if (body === undefined || this.behaviour === "hangs") return;
      const message = JSON.parse(body.toString()) as Message;
      for (const metric of message.resourceMetrics.flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap(({ metrics }) => metrics),
      )) {
        for (const point of metric.sum?.dataPoints ?? []) {
          add(this.sums, metric.name, point.asDouble ?? Number(point.asInt));
        }
      }
      response.setHeader("content-type", "application/json").end("{}");
    });
    await new Promise<void>((resolve) => this.#server!.listen(port, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}

/** A StatsD server over TCP: adds up counters by name. */
export class CountingStatsd {
  readonly sums: Map<string, number> = new Map();
  readonly #sockets = new Set<Socket>();
  #server: TcpServer | undefined;

  async listen(port: number): Promise<void> {
    this.#server = createTcpServer((socket) => {
      let text = "";
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => {});
      socket.setEncoding("utf8").on("data", (more: string) => {
        const lines = (text + more).split("\n");
        text = lines.pop()!;
        for (const line of lines) {
          const [, name, value] = /^([^:]+):([^|]+)\|c/.exec(line) ?? [];
          if (name !== undefined) add(this.sums, name, Number(value));
        }
      });
    });
    await new Promise<void>((resolve) => this.#server!.listen(port, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

interface Message {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly sum?: { readonly dataPoints: readonly { readonly asDouble?: number; readonly asInt?: string }[] };
      }[];
    }[];
  }[];
}

function add(sums: Map<string, number>, name: string, value: number): void {
  sums.set(name, (sums.get(name) ?? 0) + value);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const body = Buffer.concat((await Array.fromAsync(request)) as Buffer[]);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
}
