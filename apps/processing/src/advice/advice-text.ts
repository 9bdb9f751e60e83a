/** A ratio as per cent: 0.653 is `65.3 %`. */
export function perCent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(1))} %`;
}

/** A size in MB (2^20 bytes) for reading: 1536 is `1.5 GB`. */
export function megabytes(sizeMb: number): string {
  return sizeMb >= 1024 ? `${Number((sizeMb / 1024).toFixed(1))} GB` : `${Number(sizeMb.toFixed(1))} MB`;
}

/** A whole number with thousands separators. */
export function whole(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}
