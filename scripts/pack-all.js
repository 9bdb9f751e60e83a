// Packs every published package into a folder, as `pnpm publish` would.
import "./check-node.js";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";

const target = resolve(process.argv[2] ?? ".packed");
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const top of ["packages", "apps"]) {
  for (const name of readdirSync(top)) {
    const folder = `${top}/${name}`;
    if (JSON.parse(readFileSync(`${folder}/package.json`, "utf8")).private) continue;
    execFileSync("pnpm", ["pack", "--pack-destination", target], {
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
}
process.stdout.write(`packed into ${target}: ${readdirSync(target).join(" ")}\n`);
