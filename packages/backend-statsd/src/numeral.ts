/**
 * A finite number in digits alone, without an exponent, which the original server's sample rates and netdata's counters do
 * not read: `1e21` is `1000000000000000000000`. What is smaller than 1e-20 is `0`, and so is -0, since servers take a leading
 * `-` for a change.
 */
export function numeral(value: number): string {
  if (value === 0) return "0";
  const text = String(value);
  if (!text.includes("e")) return text;
  if (Math.abs(value) >= 1) return BigInt(value).toString();
  const digits = value.toFixed(20).replace(/\.?0+$/, "");
  return digits === "-0" ? "0" : digits;
}
