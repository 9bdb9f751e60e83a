import { MetricsError } from "@giflab/metrics-core";
import { AnswerTooLarge, errorOfAnswer, unreachable } from "./answer-error.ts";
import type { ResolvedStoreOptions } from "./store-options.ts";

/** Longer than this and parameters go into the body: proxies cut long addresses off. */
const MAX_QUERY_LENGTH = 1500;

/**
 * VictoriaMetrics leaves out the last 30 seconds unless asked not to: the first of these does so (seen with 1.79), the second
 * is what its documentation names. Others do not know them and do not mind.
 */
const WITH_THE_PRESENT = { nocache: "1", latency_offset: "1ms" };

/** Asks the HTTP API (`/api/v1/...`) that Prometheus and its relatives speak. Every failure is a `MetricsError`. */
export class PrometheusApi {
  readonly url: string;
  readonly #options: ResolvedStoreOptions;
  readonly #warned = new Set<string>();
  readonly #closing = new AbortController();

  constructor(options: ResolvedStoreOptions) {
    this.url = options.url;
    this.#options = options;
  }

  /**
   * The `data` of the answer to `/api/v1/PATH`.
   *
   * Rejects with `ACCESS_DENIED` (401, 403), `STORE_FOREIGN` (no such API there), `BACKEND_UNAVAILABLE` (unreachable, too slow,
   * cut off, 429, 5xx), `INVALID_QUERY` (refused; `AnswerTooLarge` when less has to be asked for) and `CLOSED`.
   */
  async get(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> {
    if (this.#closing.signal.aborted) throw new MetricsError("CLOSED", "the Prometheus store is closed");
    const asked = `${this.url}/api/v1/${path}`;
    const query = path.startsWith("query") ? { ...parameters, ...WITH_THE_PRESENT } : parameters;
    const { status, text, type } = await this.#fetch(asked, new URLSearchParams(query).toString());
    const answer = parse(text);
    const data = isObject(answer) && answer["status"] === "success" ? answer["data"] : undefined;
    if (status !== 200 || data === undefined) throw errorOfAnswer({ url: asked, status, type, text, answer });
    this.#warn(answer as Readonly<Record<string, unknown>>);
    return data;
  }

  /** The same, or `undefined` where this server does not have that part of the API. */
  async getIfKnown(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> {
    try {
      return await this.get(path, parameters);
    } catch (error) {
      if (error instanceof MetricsError && ["STORE_FOREIGN", "INVALID_QUERY"].includes(error.code)) return undefined;
      throw error;
    }
  }

  /** Breaks off what is under way. */
  close(): void {
    this.#closing.abort();
  }

  async #fetch(url: string, query: string): Promise<{ status: number; type: string; text: string }> {
    const { headers, timeoutSeconds } = this.#options;
    const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
    const signal = AbortSignal.any([deadline, this.#closing.signal]);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const long = query.length > MAX_QUERY_LENGTH;
    try {
      const response = await fetch(long || query === "" ? url : `${url}?${query}`, {
        signal,
        method: long ? "POST" : "GET",
        headers: { accept: "application/json", ...headers, ...(long ? form : {}) },
        ...(long ? { body: query } : {}),
      });
      const type = response.headers.get("content-type") ?? "";
      return { status: response.status, type, text: await this.#read(response) };
    } catch (error) {
      if (error instanceof MetricsError) throw error;
      if (this.#closing.signal.aborted) throw new MetricsError("CLOSED", "the Prometheus store was closed meanwhile");
      throw unreachable(url, error, deadline.aborted ? timeoutSeconds : undefined);
    }
  }

  /** The text of an answer, as long as it is not too large: what is asked of strangers must not fill memory. */
  async #read(response: Response): Promise<string> {
    const { maxAnswerBytes } = this.#options;
    const decoder = new TextDecoder();
    let bytes = 0;
    let text = "";
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      // Leaving the loop ends the connection.
      if (bytes > maxAnswerBytes) throw new AnswerTooLarge(`larger than ${maxAnswerBytes / 2 ** 20} MB`);
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  }

  #warn(answer: Readonly<Record<string, unknown>>): void {
    const warnings = Array.isArray(answer["warnings"]) ? answer["warnings"].map(String) : [];
    if (answer["isPartial"] === true)
      warnings.push("the answer is partial: some of its storage nodes did not take part");
    for (const warning of warnings) {
      if (this.#warned.has(warning) || this.#warned.size >= MAX_WARNINGS) continue;
      this.#warned.add(warning);
      this.#options.onWarning(`${this.url} warns: ${warning.slice(0, MAX_WARNING_LENGTH)}`);
    }
  }
}

const MAX_WARNINGS = 20;
const MAX_WARNING_LENGTH = 500;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
