/** Thresholds of the default rules, as in the configuration's `monitoring.alerts`. */
export interface AlertsConfig {
  /** Share of lookups, 0 to 1: a hit rate below it is a warning; default 0.4. */
  readonly cacheHitRateWarning: number;
  /** Default 0.2. */
  readonly cacheHitRateCritical: number;
  /** Share of the writer's own limit, 0 to 1; default 0.8. */
  readonly memoryUsageWarning: number;
  /** Default 0.95. */
  readonly memoryUsageCritical: number;
  /** Evictions compared with the day before; default 3 times, critical at twice that. */
  readonly evictionRateSpike: number;
  /** p95 compared with the day before; default 1.5 times, critical at twice that. */
  readonly responseTimeDegradation: number;
}

/** The thresholds in force where the configuration names none. */
export const DEFAULT_ALERTS: AlertsConfig = {
  cacheHitRateWarning: 0.4,
  cacheHitRateCritical: 0.2,
  memoryUsageWarning: 0.8,
  memoryUsageCritical: 0.95,
  evictionRateSpike: 3,
  responseTimeDegradation: 1.5,
};
