/** A ratio as per cent: 0.653 is `65.3 %`. */
export function perCent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(1))} %`;
}

/** A size in MB (2^20 bytes) for reading, as it is written in the configuration: 1536 is `1,536 MB`. */
export function megabytes(sizeMb: number): string {
  const digits = sizeMb < 100 ? 1 : 0;
  return `${sizeMb.toLocaleString("en-US", { maximumFractionDigits: digits })} MB`;
}

/** A whole number with thousands separators. */
export function whole(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}
