import { MetricsError } from "@giflab/metrics-core";
import type { PrometheusStoreOptions } from "./store-options.ts";

/**
 * The address of a server without what must not be shown, and the `Authorization` header for it. Throws `INVALID_OPTION`;
 * the message repeats no user, password or token.
 */
export function readAddress(options: PrometheusStoreOptions): {
  readonly url: string;
  readonly authorization: string | undefined;
} {
  const url = parseUrl(options.url);
  const inUrl = url.username === "" && url.password === "" ? undefined : [url.username, url.password];
  const ways = [options.token !== undefined, options.username !== undefined, inUrl !== undefined];
  if (ways.filter(Boolean).length > 1) {
    throw invalid("give one of token, username with password, and user and password in the url, not several");
  }
  if (options.password !== undefined && options.username === undefined) throw invalid("password needs username");
  const [user, password] = inUrl?.map(decodeURIComponent) ?? [options.username, options.password ?? ""];
  const address = `${url.origin}${url.pathname.replace(/\/+$/, "").replace(/\/api\/v1$/, "")}`;
  if (options.token !== undefined)
    return { url: address, authorization: `Bearer ${headerText("token", options.token)}` };
  if (user === undefined) return { url: address, authorization: undefined };
  if (user.includes(":")) throw invalid("username must be without a colon");
  return { url: address, authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}

function parseUrl(text: unknown): URL {
  const example = "such as http://127.0.0.1:9090";
  if (typeof text !== "string" || !URL.canParse(text))
    throw invalid(`url must be the address of the server, ${example}`);
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw invalid(`url must begin with http:// or https://, ${example}, got ${url.protocol}`);
  }
  if (url.search !== "" || url.hash !== "") {
    throw invalid(`url must be the address alone, ${example}, without what follows ${url.search === "" ? "#" : "?"}`);
  }
  return url;
}

/** Whether a text can be the value of a header. */
export function isHeaderText(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

function headerText(name: string, text: unknown): string {
  if (typeof text === "string" && text.trim() !== "" && isHeaderText(text)) return text.trim();
  throw invalid(`${name} must be one line of text`);
}

function invalid(message: string): MetricsError {
  return new MetricsError("INVALID_OPTION", message);
}
