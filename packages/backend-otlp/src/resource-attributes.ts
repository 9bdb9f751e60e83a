import { readFileSync } from "node:fs";
import type { InstanceIdentity } from "@giflab/metrics-core";

/** Who recorded: attributes by name. */
export type ResourceAttributes = Readonly<Record<string, string | number | boolean>>;

/**
 * The attributes of an instance by OpenTelemetry's semantic conventions (1.45, resource), with `given` ones over them: its service, version, host and
 * process, the writer id as `service.instance.id`, and this package as the SDK.
 */
export function resourceAttributes(instance: InstanceIdentity, given: ResourceAttributes): ResourceAttributes {
  const { service, version, host, pid, writerId } = instance;
  const attributes: Record<string, string | number | boolean> = {
    "service.name": service.toWellFormed(),
    "service.instance.id": writerId,
    "host.name": host.toWellFormed(),
    "process.pid": pid,
    "process.runtime.name": "nodejs",
    "process.runtime.version": process.versions.node,
    "telemetry.sdk.name": "@giflab/backend-otlp",
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.version": packageVersion(),
  };
  if (version !== "") attributes["service.version"] = version.toWellFormed();
  return { ...attributes, ...given };
}

let ownVersion: string | undefined;

/** The version of this package, read once from the package.json that is one folder above source and build alike. */
export function packageVersion(): string {
  ownVersion ??= (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string })
    .version;
  return ownVersion;
}
