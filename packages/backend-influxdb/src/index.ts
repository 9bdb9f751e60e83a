export { InfluxdbBackend } from "./influxdb-backend.ts";
export type { InfluxdbOptions } from "./influxdb-options.ts";
