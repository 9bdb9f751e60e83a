/** A command line, cut where the command's name can end. */
export interface CommandLine {
  /** Everything before the first flag: the command's name, then perhaps arguments. */
  readonly words: readonly string[];
  /** The first flag and everything after it. */
  readonly rest: readonly string[];
  /** Whether help is asked for: `--help` or `-h` before `--`, or the word `help` in front. */
  readonly help: boolean;
}

/** Reads `help metrics status`, `metrics status --help` and `metrics status -w 60` alike. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const helpWord = argv[0] === "help";
  const args = helpWord ? argv.slice(1) : argv;
  const firstFlag = args.findIndex((arg) => arg.startsWith("-"));
  const cut = firstFlag < 0 ? args.length : firstFlag;
  const passThrough = args.indexOf("--");
  const flags = passThrough < 0 ? args : args.slice(0, passThrough);
  return {
    words: args.slice(0, cut),
    rest: args.slice(cut),
    help: helpWord || flags.includes("--help") || flags.includes("-h"),
  };
}
