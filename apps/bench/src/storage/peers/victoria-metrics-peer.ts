import { join } from "node:path";
import type { Peer } from "./peer.ts";
import { folderBytes, PeerServer, packageVersion } from "./peer-server.ts";

const POST_BYTES = 8 * 2 ** 20;

/** VictoriaMetrics, which imports the text that Prometheus scrapes. */
export const victoriaMetricsPeer: Peer = {
  name: `VictoriaMetrics ${packageVersion("victoria-metrics") ?? ""}`,
  version: packageVersion("victoria-metrics"),
  async fill(folder, scrapes) {
    {
      await using server = await start(folder);
      let body = "";
      for (const { text } of scrapes((end) => (end * 1000).toFixed(0))) {
        body += text;
        if (body.length < POST_BYTES) continue;
        await server.post("/api/v1/import/prometheus", body);
        body = "";
      }
      if (body !== "") await server.post("/api/v1/import/prometheus", body);
      await server.post("/internal/force_flush");
    }
    return folderBytes(join(folder, "victoria-metrics", "data"));
  },
  serve: start,
  deleteBefore: undefined,
};

async function start(folder: string): Promise<PeerServer> {
  return await PeerServer.start({
    binary: "victoria-metrics",
    options: (address) => [
      `-httpListenAddr=${address}`,
      `-storageDataPath=${join(folder, "victoria-metrics")}`,
      "-retentionPeriod=100y",
      "-search.latencyOffset=0s",
      "-search.disableCache",
      "-loggerLevel=ERROR",
    ],
    healthPath: "/health",
  });
}
