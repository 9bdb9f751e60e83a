import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** A real UDP socket on loopback that keeps what arrives. */
export class UdpServer {
  readonly datagrams: string[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      this.datagrams.push(data.toString());
      socket.emit("kept");
    });
  }

  static async listen(): Promise<UdpServer> {
    const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 22 });
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new UdpServer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get lines(): string[] {
    return this.datagrams.flatMap((datagram) => datagram.split("\n"));
  }

  /** Resolves to the lines as soon as there are `count`; fails after 5 s. */
  async received(count: number): Promise<string[]> {
    const signal = AbortSignal.timeout(5000);
    while (this.lines.length < count) {
      await once(this.#socket, "kept", { signal }).catch((cause) => {
        throw new Error(`expected ${count} lines, got ${this.lines.length}: ${this.lines.join(" ")}`, { cause });
      });
    }
    return this.lines;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}
