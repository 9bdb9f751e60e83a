import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const shared = process.env["GIFLAB_SHARED"] ?? fileURLToPath(new URL("../../../../../shared", import.meta.url));

/** Folder of GIFs from other decoders' test suites, when it stands beside the repository. */
export const corpusFolder: string = join(shared, "corpus/public");
export const goldenFolder: string = join(shared, "golden");
export const hasCorpus: boolean = existsSync(corpusFolder);
export const hasGolden: boolean = existsSync(goldenFolder);

export function corpusFiles(): string[] {
  return hasCorpus ? readdirSync(corpusFolder).filter((name) => name.endsWith(".gif")) : [];
}

export function corpusBytes(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(corpusFolder, name)));
}

/** What pygif's `.conf` beside a GIF expects: loop count as written and the RGBA file and delay of each frame. */
export interface PygifCase {
  readonly loopCount: string;
  readonly frames: readonly { readonly rgba: Uint8Array; readonly delayHundredths: number | undefined }[];
}

export function pygifCase(name: string): PygifCase | undefined {
  const path = join(corpusFolder, name.replace(/\.gif$/, ".conf"));
  if (!existsSync(path)) return undefined;
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const title = /^\[(.*)\]$/.exec(line)?.[1];
    const [, key, value] = /^([a-z-]+) = ?(.*)$/.exec(line) ?? [];
    if (title !== undefined) {
      section = new Map();
      sections.set(title, section);
    } else if (key !== undefined) section.set(key, value ?? "");
  }
  const config = sections.get("config")!;
  const names = (config.get("frames") ?? "").split(",").filter((frame) => frame !== "");
  return {
    loopCount: config.get("loop-count") ?? "0",
    frames: names.map((frame) => {
      const delay = sections.get(frame)!.get("delay");
      return {
        rgba: readFileSync(join(corpusFolder, "pygif-expected", sections.get(frame)!.get("pixels")!)),
        delayHundredths: delay === undefined ? undefined : Number(delay),
      };
    }),
  };
}
