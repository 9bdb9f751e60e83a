import { describe, expect, test } from "vitest";
import { readCommandLine } from "../src/command-line.ts";
import { findCommand, isTopic } from "../src/command-table.ts";

const nothing = { load: () => Promise.reject(new Error("not loaded here")) };
const TABLE = { "metrics:status": nothing, "metrics:list": nothing, run: nothing };

describe("readCommandLine", () => {
  test("cuts at the first flag", () => {
    expect(readCommandLine(["metrics", "status", "-w", "60"])).toEqual({
      words: ["metrics", "status"],
      rest: ["-w", "60"],
      help: false,
    });
  });

  test.each([[["help", "metrics"]], [["metrics", "--help"]], [["metrics", "-h"]]])("%j asks for help", (argv) => {
    expect(readCommandLine(argv)).toMatchObject({ words: ["metrics"], help: true });
  });

  test("what follows -- is no flag", () => {
    expect(readCommandLine(["run", "--", "--help"])).toEqual({ words: ["run"], rest: ["--", "--help"], help: false });
  });
});

test("a command is found by its longest name, the rest are arguments", () => {
  expect(findCommand(TABLE, ["metrics", "status", "x"])).toEqual({ id: "metrics:status", words: 2 });
  expect(findCommand(TABLE, ["run", "a.gif", "b.gif"])).toEqual({ id: "run", words: 1 });
  expect(findCommand(TABLE, ["metrics"])).toBeUndefined();
  expect(findCommand(TABLE, ["constructor"])).toBeUndefined();
  expect(isTopic(TABLE, ["metrics"])).toBe(true);
  expect(isTopic(TABLE, ["met"])).toBe(false);
});
