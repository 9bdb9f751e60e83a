const MINUTE = 60;
const HOUR = 3600;

/**
 * A value for reading, in the unit that suits its size; `-` when there is none. Four significant digits at most.
 *
 * - `s`: ns, us, ms, s, min, h (0.0123 is `12.3 ms`)
 * - `1`: a ratio as per cent (0.653 is `65.3 %`)
 * - `MB` and `By`: binary multiples (1536 `MB` is `1.5 GB`)
 * - anything else, such as `{frame}` or no unit: the number with thousands separators
 */
export function formatQuantity(value: number | undefined | null, unit?: string): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return "-";
  if (unit === "s") return formatSeconds(value);
  if (unit === "1") return `${formatNumber(value * 100, 3)} %`;
  if (unit === "MB") return formatBytes(value * 2 ** 20, 2);
  if (unit === "By") return formatBytes(value, 0);
  const number = formatNumber(value);
  return unit === undefined || unit === "" || unit.startsWith("{") ? number : `${number} ${unit}`;
}

/** A rate per second for reading, per minute or hour when it is rare: `12.5/s`, `3/min`. `-` when there is none. */
export function formatRate(perSecond: number | undefined): string {
  if (perSecond === undefined || !Number.isFinite(perSecond)) return "-";
  const size = Math.abs(perSecond);
  if (size === 0 || size >= 1) return `${formatNumber(perSecond, 3)}/s`;
  if (size * MINUTE >= 1) return `${formatNumber(perSecond * MINUTE, 3)}/min`;
  return `${formatNumber(perSecond * HOUR, 3)}/h`;
}

/** A number with thousands separators and at most `digits` significant digits after the point's left side. */
export function formatNumber(value: number, digits = 4): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-6) return value.toExponential(2);
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const [whole, fraction] = value.toFixed(Math.min(decimals, 12)).split(".");
  // Most numbers of a table are short, and the expression takes longer than all the rest.
  const grouped = whole!.length < 4 ? whole! : whole!.replace(/\B(?=(\d{3})+$)/g, ",");
  const kept = fraction?.replace(/0+$/, "");
  return kept ? `${grouped}.${kept}` : grouped;
}

function formatSeconds(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size < 999.5e-9) return `${formatNumber(value * 1e9, 3)} ns`;
  if (size < 999.5e-6) return `${formatNumber(value * 1e6, 3)} us`;
  if (size < 0.9995) return `${formatNumber(value * 1e3, 3)} ms`;
  if (size < 120) return `${formatNumber(value, 3)} s`;
  if (size < 2 * HOUR) return `${formatNumber(value / MINUTE, 3)} min`;
  return `${formatNumber(value / HOUR, 3)} h`;
}

const BYTE_UNITS = ["B", "KB", "MB", "GB", "TB"];

/** @param least index of the smallest unit that is used: values given in MB stay MB when they are small. */
function formatBytes(bytes: number, least: number): string {
  const size = Math.abs(bytes);
  let power = least;
  while (power < BYTE_UNITS.length - 1 && size >= 1024 ** (power + 1)) power++;
  return `${formatNumber(bytes / 1024 ** power, 3)} ${BYTE_UNITS[power]}`;
}
