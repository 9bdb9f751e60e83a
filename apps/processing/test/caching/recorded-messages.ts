import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach } from "vitest";

/** Collects what is published on a channel until the test ends. */
export function recordMessages(channel: string): Record<string, unknown>[] {
  const messages: Record<string, unknown>[] = [];
  const listener = (message: unknown): void => {
    messages.push(message as Record<string, unknown>);
  };
  subscribe(channel, listener);
  active.push(() => unsubscribe(channel, listener));
  return messages;
}

const active: (() => void)[] = [];

afterEach(() => {
  for (const stop of active.splice(0)) stop();
});
