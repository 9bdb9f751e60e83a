import { connect } from "node:net";
import { freePort, Receiver } from "./receiver.ts";

/** A carbon cache and the port of its line protocol. */
export interface CarbonReceiver {
  readonly receiver: Receiver;
  readonly port: number;
}

/**
 * A real carbon cache (Graphite's store), which keeps a point a second for an hour in whisper files under `whisper/` of its
 * folder: `a.b` in `whisper/a/b.wsp`, and a series with tags in `whisper/_tagged/`.
 */
export async function startCarbon(): Promise<CarbonReceiver> {
  const [port, picklePort, queryPort] = [await freePort(), await freePort(), await freePort()];
  const configuration = [
    "[cache]",
    "STORAGE_DIR = .",
    "CONF_DIR = .",
    "LOCAL_DATA_DIR = whisper",
    "LOG_DIR = .",
    "PID_DIR = .",
    "USER =",
    "LINE_RECEIVER_INTERFACE = 127.0.0.1",
    `LINE_RECEIVER_PORT = ${port}`,
    "PICKLE_RECEIVER_INTERFACE = 127.0.0.1",
    `PICKLE_RECEIVER_PORT = ${picklePort}`,
    "CACHE_QUERY_INTERFACE = 127.0.0.1",
    `CACHE_QUERY_PORT = ${queryPort}`,
    "MAX_CREATES_PER_MINUTE = inf",
    "MAX_UPDATES_PER_SECOND = inf",
    "CARBON_METRIC_INTERVAL = 0",
    // Otherwise it would ask a Graphite web server about tags.
    "ENABLE_TAGS = False",
    "WHISPER_AUTOFLUSH = True",
    "",
  ].join("\n");
  const receiver = await Receiver.start({
    command: "carbon-cache",
    args: ["--config=carbon.conf", "--nodaemon", "start"],
    files: { "carbon.conf": configuration, "storage-schemas.conf": "[all]\npattern = .*\nretentions = 1s:1h\n" },
    ready: () => listens(port),
  });
  return { receiver, port };
}

/** Whether somebody accepts connections at a TCP port of loopback. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
