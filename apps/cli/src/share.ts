import { CommandError } from "@giflab/cli-kit";

/**
 * A share above 0, as people write it: `10%` and `0.1` are the same.
 *
 * @throws CommandError naming the flag for anything else, for 1 and more without a per cent sign in particular: `10` may mean 10 %
 */
export function parseShare(text: string, flag: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(text);
  const value = match === null ? Number.NaN : Number(match[1]) / (match[2] === "%" ? 100 : 1);
  if (value > 0 && (match![2] === "%" || value < 1)) return value;
  throw new CommandError(`${flag} ${text}: give a share above 0, as 10% or 0.1`);
}
