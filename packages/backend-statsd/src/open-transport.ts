import type { StatsdSettings } from "./statsd-options.ts";
import { TcpTransport } from "./tcp-transport.ts";
import type { Transport } from "./transport.ts";
import { UdpTransport } from "./udp-transport.ts";
import { UnixTransport } from "./unix-transport.ts";

/** The way to the server that the settings name; opens no connection. Throws `BACKEND_MISSING`. */
export function openTransport(settings: StatsdSettings): Transport {
  if (settings.protocol === "tcp") return new TcpTransport(settings);
  if (settings.protocol === "unix") return new UnixTransport(settings);
  return new UdpTransport(settings);
}
