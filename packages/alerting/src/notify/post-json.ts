const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For each attempt. */
  readonly timeoutSeconds: number;
  /** How often at most; default 3. */
  readonly attempts?: number | undefined;
  /** Pauses, for tests. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** It could not be told just now, and can be later. */
export class NotNowError extends Error {
  /** Nobody was there at all: whatever else there is to tell can wait for another time. */
  readonly unanswered: boolean;

  constructor(message: string, { unanswered }: { readonly unanswered: boolean }) {
    super(message);
    this.name = "NotNowError";
    this.unanswered = unanswered;
  }
}

/**
 * Posts JSON, up to three times: after 0.5 and 1 second, or what `Retry-After` asks for (at most 5). Only where another attempt
 * can help: no answer, 429 and 5xx, which end in a `NotNowError`. Every error says what came back, without the address: that may
 * be a secret.
 */
export async function postJson(
  url: string,
  body: unknown,
  { headers, timeoutSeconds, attempts = ATTEMPTS, wait = pause }: PostOptions,
): Promise<void> {
  const request = {
    method: "POST",
    headers: { "Content-Type": "application/json", "User-Agent": "giflab", ...headers },
    body: JSON.stringify(body),
    redirect: "error",
  } as const;
  for (let attempt = 1; ; attempt++) {
    const outcome = await attemptPost(url, request, timeoutSeconds);
    if (outcome === undefined) return;
    const { reason, unanswered, again } = outcome;
    const message = `${reason} (${attempt} ${attempt === 1 ? "attempt" : "attempts"})`;
    if (!again) throw new Error(message);
    if (attempt >= attempts) throw new NotNowError(message, { unanswered });
    await wait(Math.min(LONGEST_PAUSE_MS, outcome.afterMs ?? FIRST_PAUSE_MS * 2 ** (attempt - 1)));
  }
}

interface Failure {
  readonly reason: string;
  readonly unanswered: boolean;
  readonly again: boolean;
  readonly afterMs?: number | undefined;
}

async function attemptPost(url: string, request: RequestInit, timeoutSeconds: number): Promise<Failure | undefined> {
  let response: Response;
  try {
    response = await fetch(url, { ...request, signal: AbortSignal.timeout(timeoutSeconds * 1000) });
  } catch (error) {
    return { reason: unanswered(error, timeoutSeconds), unanswered: true, again: true };
  }
  const text = (await response.text().catch(() => "")).trim().slice(0, 200);
  if (response.ok) return undefined;
  const after = Number(response.headers.get("retry-after"));
  return {
    reason: `it answered ${response.status}${text === "" ? "" : ` ${text}`}`,
    unanswered: false,
    again: response.status === 429 || response.status >= 500,
    afterMs: after > 0 ? after * 1000 : undefined,
  };
}

function unanswered(error: unknown, timeoutSeconds: number): string {
  if ((error as Error).name === "TimeoutError") return `no answer within ${timeoutSeconds} s`;
  const { code, message } = ((error as Error).cause ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (message === "bad port") return "its port is one that fetch never connects to";
  return typeof code === "string" ? `no connection (${code})` : "no connection";
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
