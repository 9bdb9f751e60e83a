import { expect, it } from "vitest";
import { csvHeader, csvLine } from "../../src/run/csv-line.ts";

it("quotes what needs quoting and defuses formulas, but leaves numbers as they are", () => {
  const columns = ["name", "value", "ok"] as const;
  expect(csvHeader(columns)).toBe("name,value,ok\n");
  expect(csvLine(columns, { name: 'a,"b"\nc', value: 1.5, ok: true })).toBe('"a,""b""\nc",1.5,true\n');
  expect(csvLine(columns, { name: "=1+1", value: -3 })).toBe("'=1+1,-3,\n");
});
