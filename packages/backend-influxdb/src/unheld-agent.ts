import { type ClientRequest, type ClientRequestArgs, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

type Created = ((error: Error | null, stream: Duplex) => void) | undefined;

/** Keeps connections open for the next request, and no process alive: not even while an answer is awaited. */
export function unheldAgent(protocol: "http:" | "https:"): HttpAgent {
  return protocol === "https:" ? new UnheldHttpsAgent({ keepAlive: true }) : new UnheldHttpAgent({ keepAlive: true });
}

class UnheldHttpAgent extends HttpAgent {
  override createConnection(options: ClientRequestArgs, created?: Created): Duplex | null | undefined {
    return unheld(super.createConnection(options, created));
  }
  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    super.reuseSocket(socket, request);
    unheld(socket);
  }
}

class UnheldHttpsAgent extends HttpsAgent {
  override createConnection(options: ClientRequestArgs, created?: Created): Duplex | null | undefined {
    return unheld(super.createConnection(options, created));
  }
  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    super.reuseSocket(socket, request);
    unheld(socket);
  }
}

function unheld<T extends Duplex | null | undefined>(socket: T): T {
  (socket as Socket | null | undefined)?.unref();
  return socket;
}
