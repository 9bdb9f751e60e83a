#!/usr/bin/env node
// Plain JavaScript of old: on a Node that is too old this file must still run, say so, and load nothing else.
import { existsSync, readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

const [major, minor] = process.versions.node.split(".").map(Number);
const args = process.argv.slice(2);

function packageFile(path) {
  return new URL(`../${path}`, import.meta.url);
}

/** `metrics alerts` keeps 1 and 2 for what it found: whatever goes wrong there is 3. For `compare` and others 1 is a finding. */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = args[0] === "metrics" && args[1] === "alerts" ? 3 : 2;
}

/** The sources of the repository, for work on them without a build; the published package has none. */
function fromSource() {
  const options = process.execArgv.join(" ") + (process.env.NODE_OPTIONS || "");
  return options.indexOf("@giflab/source") >= 0;
}

/** Where compiled code is kept: in a folder of the user's own, not in the shared temporary one, as it is executed. */
function compileCache() {
  try {
    return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "giflab", "compile-cache");
  } catch {
    // A user without a home folder.
    return undefined;
  }
}

function start() {
  const main = packageFile(fromSource() ? "src/main.ts" : "dist/main.js");
  if (!existsSync(main)) {
    fail("giflab is not built yet: run pnpm build");
    return;
  }
  const cache = process.env.NODE_COMPILE_CACHE || compileCache();
  if (cache) nodeModule.enableCompileCache(cache);
  import(main.href).then(
    (loaded) => loaded.main(args),
    (error) => {
      fail(`giflab cannot start: ${process.env.GIFLAB_LOG_LEVEL === "DEBUG" ? error.stack : error.message}`);
    },
  );
}

if (major < 22 || (major === 22 && minor < 18)) {
  fail(
    `giflab needs Node.js 22.18 or newer, this is ${process.versions.node}: for instance npx -y -p node@24 -p @giflab/cli giflab ${args.join(" ")}`,
  );
} else if (args.length === 1 && (args[0] === "--version" || args[0] === "-v" || args[0] === "version")) {
  const { name, version } = JSON.parse(readFileSync(packageFile("package.json"), "utf8"));
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else {
  start();
}
