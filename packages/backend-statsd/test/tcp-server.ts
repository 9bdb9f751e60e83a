import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

/** A real TCP server on loopback that keeps the lines that arrive whole, as StatsD servers do. */
export class TcpServer {
  readonly lines: string[] = [];
  connections = 0;
  /** What to do with a connection instead of reading it. */
  onConnection: ((socket: Socket) => void) | undefined;
  readonly port: number;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as { port: number }).port;
    server.on("connection", (socket) => {
      this.connections++;
      this.#open.add(socket);
      socket.on("close", () => this.#open.delete(socket));
      socket.on("error", () => {});
      if (this.onConnection !== undefined) this.onConnection(socket);
      else this.read(socket);
    });
  }

  static async listen(port = 0): Promise<TcpServer> {
    const server = createServer();
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return new TcpServer(server);
  }

  read(socket: Socket): void {
    let rest = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.lines.push(...lines);
    });
  }

  /** Breaks all connections and listens no more. */
  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
