import type { InstanceIdentity } from "../instance.ts";

/** The metric whose labels say which process is exposed; its value is always 1. One series for each process behind a scrape. */
export const INSTANCE_INFO = "giflab_instance_info";

/**
 * The labels of `giflab_instance_info`: with them a reader knows services by their own names and tells a restarted process
 * from one that goes on. What is empty is absent.
 *
 * `{ service: "api", version: "1.2.0", host: "web-1", pid: "4711", started: "1789000000.25", writer: "9f2c..." }`
 */
export function instanceInfoLabels(identity: InstanceIdentity): Record<string, string> {
  const { service, version, host, pid, thread, startTime, writerId } = identity;
  const labels = {
    service,
    version,
    host,
    pid: String(pid),
    thread: thread === 0 ? "" : String(thread),
    started: String(startTime),
    writer: writerId,
  };
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ""));
}

/** The other way round; `undefined` for labels that `instanceInfoLabels` has not written. Labels it does not know are ignored. */
export function instanceInfoFromLabels(labels: Readonly<Record<string, string>>): InstanceIdentity | undefined {
  const { service, version = "", host = "", pid, thread = "0", started, writer } = labels;
  if (service === undefined || writer === undefined) return undefined;
  const [pidNumber, threadNumber, startTime] = [Number(pid), Number(thread), Number(started)];
  if (![pidNumber, threadNumber, startTime].every(Number.isFinite)) return undefined;
  return { service, version, host, pid: pidNumber, thread: threadNumber, startTime, writerId: writer };
}
