import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Finished, giflab, type RunOptions, startNode } from "./giflab-process.ts";

const RECORD = fileURLToPath(new URL("fixtures/record.ts", import.meta.url));

/** A folder of its own with a store in it, and `giflab` run there. */
export class StoreFixture {
  readonly folder: string = mkdtempSync(join(tmpdir(), "giflab-cli-"));
  readonly dbPath: string = join(this.folder, "metrics.db");

  /** Runs a program that records a known set of metrics (see `fixtures/record.ts`) and ends. */
  async record(service = "api"): Promise<void> {
    const { code, stderr } = await startNode([RECORD, this.dbPath, service]).finished;
    if (code !== 0) throw new Error(`recording failed: ${stderr}`);
  }

  /** Starts a program that goes on recording; resolves when it has begun. `stop` ends it and waits for that. */
  async startRecording(service: string): Promise<{ stop(): Promise<void> }> {
    const started = startNode([RECORD, this.dbPath, service, "stay"]);
    await new Promise<void>((resolve, reject) => {
      started.child.stdout!.once("data", () => resolve());
      started.child.once("close", () => reject(new Error("the recording process ended")));
    });
    return {
      stop: async () => {
        started.child.kill("SIGTERM");
        await started.finished;
      },
    };
  }

  /** `giflab ARGS` in the folder, reading the store. */
  giflab(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return giflab(args, {
      cwd: this.folder,
      ...options,
      env: { GIFLAB_METRICS_DB: this.dbPath, HOME: this.folder, ...options.env },
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
