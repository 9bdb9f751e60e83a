/**
 * A bucket's bound as OpenMetrics wants it written ("canonical numbers", as Go writes `%g`): always with a point or an
 * exponent, and the exponent with two digits. So a series keeps its name whichever format it is scraped in, and is called
 * as other exporters call it.
 *
 * 1 is `1.0`, 0.000001 `1e-06`, 2500000 `2.5e+06`, 0.25 `0.25`.
 */
export function canonicalNumber(value: number): string {
  const [digits = "", exponentText = ""] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  // Go's limits for the shortest form that reads back as the same number: strconv.FormatFloat, 'g', -1.
  if (value !== 0 && (exponent < -4 || exponent >= 6)) {
    return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const plain = String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}
