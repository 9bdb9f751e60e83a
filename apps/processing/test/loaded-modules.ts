import { spawnSync } from "node:child_process";

const RECORDER = `
import { registerHooks } from "node:module";
const urls = [];
registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
process.on("exit", () => { process.stderr.write("\\nLOADED " + JSON.stringify(urls)); });
`;

/** What a program in a process of its own loaded, printed and ended with. */
export interface ProgramOutcome {
  readonly loaded: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

/** Runs a file in a process of its own, from source unless `built`, and lists the modules that were loaded. */
export function runRecordingModules(
  file: string,
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    readonly args?: readonly string[];
    readonly built?: boolean;
  } = {},
): ProgramOutcome {
  const result = spawnSync(
    process.execPath,
    [
      ...(options.built === true ? [] : ["--conditions=@giflab/source"]),
      "--no-warnings",
      "--import",
      `data:text/javascript,${encodeURIComponent(RECORDER)}`,
      file,
      ...(options.args ?? []),
    ],
    { encoding: "utf8", cwd: options.cwd ?? process.cwd(), env: { ...process.env, ...options.env }, timeout: 60_000 },
  );
  const [stderr = "", loaded = "[]"] = result.stderr.split("\nLOADED ");
  return { loaded: JSON.parse(loaded) as string[], stdout: result.stdout, stderr, exitCode: result.status };
}
