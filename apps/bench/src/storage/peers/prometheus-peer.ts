import { execFile } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Peer } from "./peer.ts";
import { folderBytes, PeerServer, packageVersion } from "./peer-server.ts";

const run = promisify(execFile);
/** A block of the database covers two hours; each is made from a file of its own. */
const BLOCK_SECONDS = 7200;

/** Prometheus with blocks that `promtool` has made. */
export const prometheusPeer: Peer = {
  name: `Prometheus ${packageVersion("prometheus") ?? ""}`,
  version: packageVersion("prometheus"),
  async fill(folder, scrapes) {
    const [data, part] = [join(folder, "prometheus"), join(folder, "part.om")];
    mkdirSync(data, { recursive: true });
    const finish = async (): Promise<void> => {
      appendFileSync(part, "# EOF\n");
      await run("promtool", ["tsdb", "create-blocks-from", "openmetrics", "--quiet", part, data]);
    };
    let block: number | undefined;
    for (const { seconds, text } of scrapes((end) => end.toFixed(0))) {
      const current = Math.floor(seconds / BLOCK_SECONDS);
      if (current !== block) {
        if (block !== undefined) await finish();
        block = current;
        writeFileSync(part, "");
      }
      appendFileSync(part, text);
    }
    await finish();
    rmSync(part);
    return folderBytes(data);
  },
  async serve(folder) {
    const config = join(folder, "prometheus.yml");
    writeFileSync(config, "");
    return await PeerServer.start({
      binary: "prometheus",
      options: (address) => [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, "prometheus")}`,
        `--web.listen-address=${address}`,
        "--storage.tsdb.retention.time=100y",
        "--log.level=error",
        "--web.enable-admin-api",
      ],
      healthPath: "/-/ready",
    });
  },
  async deleteBefore(server, epochSeconds) {
    const parameters = new URLSearchParams({ "match[]": '{__name__=~".+"}', end: String(epochSeconds) });
    await server.post(`/api/v1/admin/tsdb/delete_series?${parameters}`);
    await server.post("/api/v1/admin/tsdb/clean_tombstones");
  },
};
