import { type MetricsCollector, MetricsError } from "@giflab/metrics-core";
import type { AlertManager } from "./alert-manager.ts";
import { AlertMetrics } from "./alert-metrics.ts";
import type { AlertReport } from "./alert-report.ts";
import type { Notifier } from "./notify/notifier.ts";

export interface AlertEngineOptions {
  readonly manager: AlertManager;
  /** Where firing alerts and thresholds are recorded, and errors counted. */
  readonly collector: MetricsCollector;
  /** 1 to 86,400. */
  readonly evaluateEverySeconds: number;
  /** Seconds to look back, of rules without a window of their own; default 300. */
  readonly windowSeconds?: number;
  /** Told what each report asks for. What could not be told is counted, and tried again with the next report. */
  readonly notifiers?: readonly Notifier[] | undefined;
  /** Gets every report; what it throws is counted. */
  readonly onReport?: ((report: AlertReport) => void) | undefined;
}

/**
 * Evaluates all rules inside a program, again and again, and records what it finds as `giflab.alerts.*`. It keeps no
 * process alive, never runs twice at once, and never throws: what goes wrong is counted in `giflab.monitoring.errors`.
 */
export class AlertEngine {
  readonly #options: AlertEngineOptions;
  readonly #metrics: AlertMetrics;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<AlertReport | undefined> | undefined;

  /** Throws `INVALID_OPTION`. */
  constructor(options: AlertEngineOptions) {
    const { evaluateEverySeconds: seconds, collector } = options;
    if (!(seconds >= 1 && seconds <= 86_400)) {
      throw new MetricsError("INVALID_OPTION", `evaluateEverySeconds must be a number from 1 to 86400, got ${seconds}`);
    }
    this.#options = options;
    this.#metrics = new AlertMetrics(collector);
  }

  /** Evaluates for the first time when one interval has passed. Idempotent. */
  start(): void {
    this.#timer ??= setInterval(() => void this.evaluate(), this.#options.evaluateEverySeconds * 1000).unref();
  }

  /** Evaluates now; while an evaluation runs, its result. Resolves to `undefined` when it failed. */
  evaluate(): Promise<AlertReport | undefined> {
    this.#running ??= this.#evaluate().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Evaluates no more; resolves when an evaluation that runs has ended. Idempotent. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  async #evaluate(): Promise<AlertReport | undefined> {
    const { manager, collector, windowSeconds, notifiers = [], onReport } = this.#options;
    try {
      const duration = collector.timer("giflab.alerts.evaluation.duration");
      const token = duration.start();
      const report = await manager.evaluate(windowSeconds === undefined ? {} : { windowSeconds });
      duration.stop(token);
      this.#metrics.record(await manager.allRules(), report);
      onReport?.(report);
      for (const { notifier, reason } of await manager.notify(report, notifiers)) {
        collector.reportError("alert_notification", new Error(`notifier ${notifier}: ${reason}`));
      }
      return report;
    } catch (error) {
      collector.reportError("alert_evaluation", error);
      return undefined;
    }
  }
}
