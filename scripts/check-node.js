// Says in one line that Node is too old, before anything loads a native module (better-sqlite3 crashes on Node 20).
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `GifLab monitoring needs Node.js 22.18 or newer, this is ${process.versions.node}: run it as npx -y -p node@24 -p pnpm@12 pnpm ...\n`,
  );
  process.exit(1);
}
