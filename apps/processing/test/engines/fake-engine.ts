import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { type DetectedEngines, detectEngines } from "../../src/engines/detect-engines.ts";

/** A folder for each test of the file, removed after it. */
export class EngineFolder {
  path = "";

  constructor() {
    beforeEach(() => {
      this.path = mkdtempSync(join(tmpdir(), "giflab-engines-"));
    });
    afterEach(() => rmSync(this.path, { recursive: true, force: true }));
  }

  /**
   * Puts a shell script on the search path that takes the place of an engine: says a version when asked, else does
   * `body`. Returns the folder it is in.
   */
  put(body: string, { name = "gifsicle", says = "LCDF Gifsicle 1.93", folder = "bin" } = {}): string {
    const bin = join(this.path, folder);
    mkdirSync(bin, { recursive: true });
    const script = `#!/bin/sh\ncase "$1" in -version|--version) echo "${says}"; exit;; esac\n${body}\n`;
    writeFileSync(join(bin, name), script, { mode: 0o755 });
    return bin;
  }

  /** The fake as it is found; `prlimit` is found only where it is asked for. */
  async engines(body: string, { prlimit = false } = {}): Promise<DetectedEngines> {
    const bin = this.put(body);
    return await detectEngines(prlimit ? `${bin}:/usr/bin:/bin` : bin);
  }
}
