// `pnpm check`: everything that reads the code without running it. Each check is one line; a failing one shows its output.
import "./check-node.js";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const published = ["packages", "apps"].flatMap((top) =>
  readdirSync(top)
    .map((name) => `${top}/${name}`)
    .filter((folder) => !JSON.parse(readFileSync(`${folder}/package.json`, "utf8")).private),
);

const everyPackage = (command) => published.map((folder) => [`${command[0]} ${folder}`, command, folder]);

const checks = [
  ["types", ["turbo", "run", "typecheck", "--output-logs=errors-only"], "."],
  ["biome", ["biome", "check", "--error-on-warnings", "."], "."],
  ["package boundaries", ["turbo", "boundaries"], "."],
  ["unused code and dependencies (knip)", ["knip"], "."],
  ["workspace versions (sherif)", ["sherif"], "."],
  ...everyPackage(["publint", "--strict"]),
  ...everyPackage(["attw", "--pack", ".", "--profile", "esm-only", "--no-emoji", "--no-color"]),
];

const run = (command, cwd) =>
  new Promise((resolve) => {
    const child = spawn("pnpm", ["exec", ...command], { cwd, env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" } });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("close", (code) => resolve({ code, output }));
  });

const only = process.argv[2];
const build = await run(["turbo", "run", "build", "--output-logs=errors-only"], ".");
if (build.code !== 0) {
  process.stdout.write(`FAIL build\n${build.output}`);
  process.exit(1);
}
let failed = 0;
const queue = checks.filter(([name]) => only === undefined || name.includes(only));
const worker = async () => {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [name, command, cwd] = next;
    const { code, output } = await run(command, cwd);
    if (code !== 0) failed++;
    process.stdout.write(code === 0 ? `ok   ${name}\n` : `FAIL ${name}\n${output}\n`);
  }
};
await Promise.all([worker(), worker()]);
if (failed > 0) {
  process.stdout.write(`${failed} checks failed\n`);
  process.exit(1);
}
