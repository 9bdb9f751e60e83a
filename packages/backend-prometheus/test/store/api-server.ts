import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as a server of tests sees it: parameters of the query and of a form together. */
export interface ApiRequest {
  readonly path: string;
  readonly parameters: URLSearchParams;
  readonly method: string | undefined;
  readonly headers: IncomingMessage["headers"];
}

/** Answers the HTTP API as a test wants it to. */
export class ApiServer implements AsyncDisposable {
  readonly requests: ApiRequest[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(answer: (request: ApiRequest, response: ServerResponse) => void): Promise<ApiServer> {
    const server = createServer(async (incoming, response) => {
      const url = new URL(incoming.url ?? "/", "http://localhost");
      let body = "";
      for await (const chunk of incoming) body += String(chunk);
      const parameters = new URLSearchParams([...url.searchParams, ...new URLSearchParams(body)]);
      const { method, headers } = incoming;
      const request = { path: url.pathname.replace(/^.*\/api\/v1\//, ""), parameters, method, headers };
      started.requests.push(request);
      answer(request, response);
    });
    const started = new ApiServer(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** An answer of the API. */
export function succeed(response: ServerResponse, data: unknown, beside: object = {}): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ status: "success", data, ...beside }));
}

/** An API with a few metrics: `samples` answers range selectors; everything else is as small as can be. */
export function smallApi(
  samples: (query: string, request: ApiRequest, response: ServerResponse) => readonly object[] | undefined,
  /** As how many series its counter is counted. */
  series = 1,
): (request: ApiRequest, response: ServerResponse) => void {
  return (request, response) => {
    const query = request.parameters.get("query") ?? "";
    if (request.path === "label/__name__/values") succeed(response, ["up", "hits_total"]);
    else if (request.path === "metadata") succeed(response, {});
    else if (/^(max|count) by/.test(query)) {
      const counted = [{ metric: { __name__: "hits_total" }, value: [0, String(series)] }];
      succeed(response, { resultType: "vector", result: query.startsWith("count") ? counted : [] });
    } else {
      const result = samples(query, request, response);
      if (result !== undefined) succeed(response, { resultType: "matrix", result });
    }
  };
}
