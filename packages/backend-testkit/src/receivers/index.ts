/** Real servers for tests, on loopback: started, waited for, left out where they are not installed, stopped. */

export { startAlertmanager } from "./alertmanager.ts";
export { type CarbonReceiver, listens, startCarbon } from "./carbon.ts";
export { type CollectdReceiver, startCollectd } from "./collectd.ts";
export { startInfluxdb } from "./influxdb.ts";
export { describeWith, isInstalled } from "./installed.ts";
export { type NetdataReceiver, startNetdata } from "./netdata.ts";
export { type HttpReceiver, type PrometheusOptions, startPrometheus } from "./prometheus.ts";
export { answers, eventually, freePort, Receiver, type ReceiverOptions } from "./receiver.ts";
export { startVictoriaMetrics } from "./victoria-metrics.ts";
