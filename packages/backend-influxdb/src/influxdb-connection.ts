import type { Agent as HttpAgent } from "node:http";
import {
  HttpError,
  InfluxDB,
  RequestTimedOutError,
  type SendOptions,
  type Transport,
} from "@influxdata/influxdb-client";
import { createDatabaseStatement } from "./create-database.ts";
import type { InfluxdbSettings, VersionOneTarget } from "./influxdb-options.ts";
import { unheldAgent } from "./unheld-agent.ts";
import { type WriteFailure, writeFailure } from "./write-outcome.ts";

const GZIP_FROM_BYTES = 1000;

/**
 * Requests to one server through the official client: connection, authorisation, compression and error bodies are its
 * business, batches and trying again are not.
 */
export class InfluxdbConnection {
  readonly #settings: InfluxdbSettings;
  readonly #agent: HttpAgent;
  readonly #transport: Transport;
  readonly #path: string;
  readonly #closing = new AbortController();

  constructor(settings: InfluxdbSettings) {
    const { url, target, timeoutMs } = settings;
    this.#settings = settings;
    this.#agent = unheldAgent(url.startsWith("https:") ? "https:" : "http:");
    const { transport } = new InfluxDB({
      url,
      timeout: timeoutMs,
      ...(target.version === 2 && target.token !== undefined ? { token: target.token } : {}),
      ...(target.version === 1 ? { headers: basicAuthorization(target) } : {}),
      transportOptions: { agent: this.#agent },
    });
    this.#transport = transport;
    this.#path = writePath(target);
  }

  /** Resolves to `undefined` when the server has acknowledged all lines, otherwise to what became of them. Never rejects. */
  write(body: string): Promise<WriteFailure | undefined> {
    return this.#outcome(async () => {
      const { status } = await this.#post(this.#path, body, {
        headers: { "content-type": "text/plain; charset=utf-8" },
        ...(this.#settings.gzip ? { gzipThreshold: GZIP_FROM_BYTES } : {}),
      });
      // A page that some other server shows is no acknowledgement.
      if (status !== 204 && status !== 201) throw new HttpError(status, "answered instead of 204");
    });
  }

  /** InfluxDB 1 only; a database that exists stays as it is. Never rejects. */
  createDatabase(name: string): Promise<WriteFailure | undefined> {
    return this.#outcome(async () => {
      const path = `/query?q=${encodeURIComponent(createDatabaseStatement(name))}`;
      const { answer } = await this.#post(path, "", {});
      const { results } = (answer ?? {}) as { results?: readonly { error?: unknown }[] };
      const error = results?.find((result) => result.error !== undefined)?.error;
      if (error !== undefined) throw new Error(String(error));
    });
  }

  /** Breaks off what is under way and lets go of the sockets. */
  close(): void {
    this.#closing.abort();
    this.#agent.destroy();
  }

  async #outcome(request: () => Promise<void>): Promise<WriteFailure | undefined> {
    try {
      await request();
      return undefined;
    } catch (error) {
      return writeFailure(error, this.#settings.clock.now());
    }
  }

  async #post(
    path: string,
    body: string,
    options: Omit<SendOptions, "method" | "signal">,
  ): Promise<{ readonly status: number; readonly answer: unknown }> {
    const { timeoutMs } = this.#settings;
    // The client's own timeout begins anew with every byte; this one is for the whole answer.
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([this.#closing.signal, timeout]);
    let status = 0;
    try {
      const answer: unknown = await this.#transport.request(
        path,
        body,
        { ...options, method: "POST", signal },
        (_, code) => {
          status = code ?? 0;
        },
      );
      return { status, answer };
    } catch (error) {
      if (!timeout.aborted && !(error instanceof RequestTimedOutError)) throw error;
      throw new Error(`no answer within ${timeoutMs} ms`, { cause: error });
    }
  }
}

function writePath(target: InfluxdbSettings["target"]): string {
  const query = new URLSearchParams({ precision: "ns" });
  if (target.version === 2) {
    query.set("bucket", target.bucket);
    if (target.org !== "") query.set("org", target.org);
    return `/api/v2/write?${query}`;
  }
  query.set("db", target.database);
  if (target.retentionPolicy !== undefined) query.set("rp", target.retentionPolicy);
  if (target.consistency !== undefined) query.set("consistency", target.consistency);
  return `/write?${query}`;
}

/** A header, because query parameters end up in the logs of proxies. */
function basicAuthorization({ username, password = "" }: VersionOneTarget): Record<string, string> {
  if (username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
}
