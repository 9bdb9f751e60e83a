import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { displayWidth, printable, renderTable } from "../src/index.ts";

describe("renderTable", () => {
  test("lines up columns, numbers at the right", () => {
    const lines = renderTable(
      [{ heading: "Metric" }, { heading: "Sum", align: "right" }],
      [
        ["hits", "12"],
        ["misses", "3"],
      ],
    );
    expect(lines).toEqual(["Metric  Sum", "hits     12", "misses    3"]);
  });

  test("leaves out columns that are empty in every row", () => {
    expect(renderTable([{ heading: "A" }, { heading: "Tags" }, { heading: "B" }], [["1", "", "2"]])).toEqual([
      "A  B",
      "1  2",
    ]);
  });

  test("counts what is seen: colours take no room, wide characters two columns", () => {
    const lines = renderTable(
      [{ heading: "A" }, { heading: "B" }],
      [
        ["\x1b[31mred\x1b[39m", "x"],
        ["日本", "y"],
      ],
    );
    expect(lines.slice(1)).toEqual(["\x1b[31mred\x1b[39m   x", "日本  y"]);
  });

  test("gives every line of a column the same start, whatever the cells", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }).map(printable), { minLength: 1 }), (cells) => {
        const lines = renderTable(
          [{ heading: "cell" }, { heading: "end" }],
          cells.map((cell) => [cell, "|"]),
        );
        const starts = lines.slice(1).map((line) => displayWidth(line.slice(0, line.lastIndexOf("|"))));
        expect(new Set(starts).size).toBe(1);
      }),
    );
  });
});

test("printable text cannot move the cursor, recolour or reorder what a terminal shows", () => {
  expect(printable("a\x1b[2Jb\r\nc\u202ed")).toBe("a\\x1b[2Jb\\x0d\\x0ac\\u202ed");
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 50 }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is the point
      expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
});
