import { createSocket } from "node:dgram";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A receiver that counts the bytes of what it is sent and says yes to all of it. */
export interface CountingSink {
  readonly port: number;
  bytes: number;
  close(): void;
}

/** @param status what every request is answered with: InfluxDB says 204. */
export async function httpSink(status: number): Promise<CountingSink> {
  const server = createServer((request, response) => {
    request.on("data", (data: Buffer) => {
      sink.bytes += data.length;
    });
    request.on("end", () => response.writeHead(status).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  const sink: CountingSink = { port, bytes: 0, close };
  return sink;
}

export async function udpSink(): Promise<CountingSink> {
  const socket = createSocket("udp4").on("message", (data) => {
    sink.bytes += data.length;
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const sink: CountingSink = { port: socket.address().port, bytes: 0, close: () => socket.close() };
  return sink;
}
