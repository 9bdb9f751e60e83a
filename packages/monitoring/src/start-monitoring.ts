import { AlertEngine, type AlertEngineOptions, getAlertManager } from "@giflab/alerting";
import {
  getMetricsCollector,
  isMetricsError,
  type MetricsBackend,
  type MetricsCollector,
  nearestNames,
  processRegistry,
  type ReconfigurableOptions,
  setMetricsCollector,
} from "@giflab/metrics-core";
import type { Monitoring } from "./active-monitoring.ts";
import { bindAlerts, configuredNotifiers, configuredRules } from "./alerting-binding.ts";
import { isReader } from "./backend-shape.ts";
import { createBackends } from "./create-backends.ts";
import { defineMissing } from "./define-missing.ts";
import { registeredExtensions } from "./extension.ts";
import type { ResolvedConfig } from "./load-config.ts";
import { listenToSystems } from "./monitored-channels.ts";

interface StartContext {
  readonly onWarning: ((message: string) => void) | undefined;
  /** Called when `stop` begins. */
  readonly onStop: () => void;
}

/** Wires collector, backends and instrumentation together as `config` says. */
export async function startMonitoring(config: ResolvedConfig, context: StartContext): Promise<Monitoring> {
  const warn = context.onWarning ?? ((message: string) => void process.stderr.write(`${message}\n`));
  for (const section of config.unknownSections) warn(`giflab: ${aboutUnknown(section, config)}`);
  const { enabled, alerts, systems } = config.monitoring;
  // Before anything is opened: a mistake in them must leave nothing behind.
  const rules = enabled ? await configuredRules(config) : [];
  const notifiers = enabled && alerts.evaluateEverySeconds !== undefined ? configuredNotifiers(config, rules) : [];
  const { clock, joined } = getMetricsCollector();
  const backends = joined
    ? []
    : await createBackends(config, { clock, onWarning: (message) => warn(`giflab: ${message}`) });
  const collector = configuredCollector(config, backends, context.onWarning);
  // What extensions declare comes first: instrumentation only adds what nobody has described.
  for (const { metrics } of registeredExtensions()) defineMissing(collector, metrics);

  const found: unknown = backends.find((backend) => isReader(backend));
  const reader = isReader(found) ? found : undefined;
  const listening = enabled ? listenToSystems(collector, systems) : undefined;
  const unbindAlerts = enabled ? bindAlerts(reader, rules, collector) : undefined;
  // The alerts of a worker thread are those of its program, which evaluates them in the main thread.
  const engine =
    enabled && !joined ? startEngine(alerts.evaluateEverySeconds, { collector, notifiers }, reader, warn) : undefined;

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    context.onStop();
    listening?.stop();
    await engine?.stop();
    const rulesStored = unbindAlerts?.();
    if (processRegistry().collector === collector) setMetricsCollector(undefined);
    await rulesStored;
    await collector.close();
  };
  const stopOnce = (): Promise<void> => {
    stopping ??= stop();
    return stopping;
  };
  return { collector, config, reader, stop: stopOnce, [Symbol.asyncDispose]: stopOnce };
}

/** Evaluates alerts inside this program, if it is asked for and there is something to ask. */
function startEngine(
  evaluateEverySeconds: number | undefined,
  { collector, notifiers }: Pick<AlertEngineOptions, "collector" | "notifiers">,
  reader: unknown,
  warn: (message: string) => void,
): AlertEngine | undefined {
  if (evaluateEverySeconds === undefined) return undefined;
  if (reader === undefined) {
    warn(
      'giflab: monitoring.alerts.evaluateEverySeconds has no effect: no backend can be queried; add "memory" or "sqlite"',
    );
    return undefined;
  }
  const engine = new AlertEngine({ manager: getAlertManager(), collector, notifiers, evaluateEverySeconds });
  engine.start();
  return engine;
}

/** The process-wide collector with the configured options and backends; a new one if somebody has closed it. */
function configuredCollector(
  config: ResolvedConfig,
  backends: readonly MetricsBackend[],
  onWarning: StartContext["onWarning"],
): MetricsCollector {
  const collector = getMetricsCollector();
  const { service } = config.monitoring;
  try {
    collector.configure({ ...collectorOptions(config, collector), onWarning });
    for (const backend of backends) collector.addBackend(backend);
  } catch (error) {
    if (!isMetricsError(error, "CLOSED")) throw error;
    setMetricsCollector(undefined);
    return configuredCollector(config, backends, onWarning);
  }
  try {
    collector.configure({ service });
  } catch (error) {
    // The host's own collector has already reported under its name.
    collector.reportError("service_not_changed", error);
  }
  return collector;
}

/** In a worker thread, what nobody has chosen there is as in its main thread. */
function collectorOptions(
  { monitoring, origins }: ResolvedConfig,
  { joined }: MetricsCollector,
): ReconfigurableOptions {
  const { enabled, bufferSize, flushIntervalSeconds, samplingRate } = monitoring;
  const options = { enabled, bufferSize, flushIntervalSeconds, samplingRate };
  if (!joined) return options;
  const chosen = Object.entries(options).filter(([key]) => origins.get(`monitoring.${key}`)?.source !== "default");
  return Object.fromEntries(chosen);
}

function aboutUnknown(section: string, config: ResolvedConfig): string {
  const near = nearestNames(section, ["monitoring", ...Object.keys(config.sections)]).filter(
    (name) => name !== section,
  );
  const meant = near.length === 0 ? "is its extension registered?" : `did you mean ${near.join(" or ")}?`;
  return `${config.file ?? "the configuration"}: nobody reads the section ${section}; ${meant}`;
}
