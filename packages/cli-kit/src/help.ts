/** The framework's help pages, apart from everything else because only `--help` needs them. */
export { Help } from "@oclif/core/help";
