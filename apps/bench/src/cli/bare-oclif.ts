import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Makes the smallest command that oclif, the framework of the giflab command, can make, in `folder`. Returns its script. */
export function makeBareOclif(folder: string): string {
  const home = join(folder, "bare-oclif");
  mkdirSync(home);
  const oclif = { bin: "bare", dirname: "bare", commands: { strategy: "explicit", target: "./commands.js" } };
  const manifest = { name: "bare", version: "1.0.0", type: "module", oclif };
  const framework = import.meta.resolve("@oclif/core");
  const command = "class Hello extends Command { async run() { this.log('hello'); } }";
  const files = {
    "package.json": JSON.stringify(manifest),
    "commands.js": `import { Command } from ${JSON.stringify(framework)};\n${command}\nexport default { hello: Hello };\n`,
    "bin.js": `import { execute } from ${JSON.stringify(framework)};\nawait execute({ dir: import.meta.url });\n`,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(home, name), content);
  return join(home, "bin.js");
}
