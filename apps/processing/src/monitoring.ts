import type { MonitoringExtension } from "@giflab/monitoring";
import {
  frameCacheSection,
  memoryPressureSection,
  resizeCacheSection,
  validationCacheSection,
} from "./config/cache-sections.ts";
import { processingDashboard } from "./config/processing-dashboard.ts";
import { processingMetrics } from "./config/processing-metrics.ts";
import { frameSamplingSection } from "./config/sampling-section.ts";

/**
 * What monitoring learns of this package: its metrics, and the sections it adds to `giflab.config.*`. Importing it loads
 * neither a decoder nor a native module.
 */
export const processingExtension = {
  name: "@giflab/processing",
  metrics: processingMetrics,
  dashboards: [processingDashboard],
  sections: {
    frameCache: frameCacheSection,
    validationCache: validationCacheSection,
    resizeCache: resizeCacheSection,
    memoryPressure: memoryPressureSection,
    frameSampling: frameSamplingSection,
  },
} as const satisfies MonitoringExtension;
