import { writeSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { processRegistry } from "./process-registry.ts";

/** Seconds that everything together may take at exit. */
export const EXIT_BUDGET_SECONDS = 1;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const OURS = Symbol.for("giflab.metrics/signal-listener");

/** Somebody who has something to deliver before the process ends. */
export interface ExitParticipant {
  readonly handleSignals: boolean;
  /** Delivers what can be delivered while the event loop still runs. Never rejects. */
  flushBeforeExit(seconds: number): Promise<void>;
  /** Delivers synchronously and ends. @param deadline on the scale of `performance.now()`. Returns points left behind. */
  closeAtExit(deadline: number): number;
  /** Delivers synchronously what synchronous backends can take; recording may go on. */
  flushAtSignal(deadline: number): void;
}

/** The one hook of a process, shared by all copies of this package. */
export interface ExitHook {
  add(participant: ExitParticipant): void;
  remove(participant: ExitParticipant): void;
}

/** The exit hook of this process, installed on first use and taken away when nobody takes part any more. */
export function exitHook(): ExitHook {
  const registry = processRegistry();
  registry.exitHook ??= createExitHook();
  return registry.exitHook;
}

type SignalListener = ((signal: NodeJS.Signals) => void) & { [OURS]?: true };

function createExitHook(): ExitHook {
  const participants = new Set<ExitParticipant>();
  let flushedBeforeExit = false;

  /** When the end that has begun must be over; everything that belongs to one end shares one budget. */
  let endBy: number | undefined;
  const deadline = (): number => {
    endBy ??= performance.now() + EXIT_BUDGET_SECONDS * 1000;
    return endBy;
  };
  const liveOn = (): void => {
    endBy = undefined;
  };

  const onBeforeExit = (): void => {
    if (flushedBeforeExit) return;
    flushedBeforeExit = true;
    for (const one of participants) void one.flushBeforeExit(EXIT_BUDGET_SECONDS);
  };

  const onUncaught = (): void => {
    const until = deadline();
    for (const one of participants) one.flushAtSignal(until);
    // The host may handle the exception and go on.
    setImmediate(liveOn).unref();
  };

  const close = (ending: readonly ExitParticipant[]): void => {
    const until = deadline();
    let left = 0;
    for (const one of ending) left += one.closeAtExit(until);
    if (left > 0) sayAtExit(`giflab: ${left} metric points could not be written before the process ended\n`);
  };

  const onExit = (): void => {
    close([...participants]);
    participants.clear();
  };

  const onSignal: SignalListener = (signal) => {
    // Asked now, before the host's own listeners run: one added by `once` is gone afterwards.
    const hostListens = process.listeners(signal).some((listener) => !(listener as SignalListener)[OURS]);
    const asked = [...participants].filter((one) => one.handleSignals);
    const until = deadline();
    for (const one of asked) one.flushAtSignal(until);
    process.removeListener(signal, onSignal);
    const goOn = (): void => {
      if (hostListens) {
        // The host decides about its end. Should it live on, the next signal finds us again.
        liveOn();
        updateSignals();
      } else {
        close(asked);
        process.kill(process.pid, signal);
      }
    };
    const seconds = Math.max(0, (until - performance.now()) / 1000);
    const pending = Promise.all(asked.map((one) => one.flushBeforeExit(seconds)));
    // Only asynchronous backends need the wait; with synchronous ones everything is written by now.
    void pending.then(goOn, goOn);
  };
  onSignal[OURS] = true;

  const wantsSignals = (): boolean => isMainThread && [...participants].some((one) => one.handleSignals);

  const updateSignals = (): void => {
    for (const signal of SIGNALS) {
      const listening = process.listeners(signal).includes(onSignal);
      if (wantsSignals() && !listening) process.prependListener(signal, onSignal);
      else if (!wantsSignals() && listening) process.removeListener(signal, onSignal);
    }
  };

  return {
    add(participant) {
      if (participants.size === 0) {
        process.on("beforeExit", onBeforeExit);
        process.prependListener("exit", onExit);
        process.on("uncaughtExceptionMonitor", onUncaught);
      }
      participants.add(participant);
      flushedBeforeExit = false;
      updateSignals();
    },
    remove(participant) {
      if (!participants.delete(participant)) return;
      if (participants.size === 0) {
        process.removeListener("beforeExit", onBeforeExit);
        process.removeListener("exit", onExit);
        process.removeListener("uncaughtExceptionMonitor", onUncaught);
      }
      updateSignals();
    },
  };
}

/** stderr may be a pipe whose reader is gone; the host's exit must not change because of that. */
function sayAtExit(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // Nobody listens.
  }
}
