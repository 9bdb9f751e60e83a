import { describe, expect, test } from "vitest";
import { LiveScreen } from "../src/live-screen.ts";

function terminal(columns: number, rows: number) {
  const written: string[] = [];
  return { stream: { isTTY: true, columns, rows, write: (text: string) => written.push(text) }, written };
}

describe("LiveScreen", () => {
  test("redraws only the lines that changed", () => {
    const { stream, written } = terminal(40, 10);
    const screen = new LiveScreen(stream);
    screen.draw(["title", "a 1", "b 1"]);
    written.length = 0;
    screen.draw(["title", "a 2", "b 1"]);
    expect(written.join("")).toBe("\x1b[2;1H\x1b[2Ka 2\x1b[4;1H");
  });

  test("clears the lines that are no longer there", () => {
    const { stream, written } = terminal(40, 10);
    const screen = new LiveScreen(stream);
    screen.draw(["title", "a", "b"]);
    written.length = 0;
    screen.draw(["title"]);
    expect(written.join("")).toBe("\x1b[2;1H\x1b[2K\x1b[3;1H\x1b[2K\x1b[2;1H");
  });

  test("fits the window: wide lines are cut, what does not fit is counted", () => {
    const { stream, written } = terminal(30, 5);
    new LiveScreen(stream).draw(["\x1b[31m0123456789012345678901234567890123456789\x1b[39m", "1", "2", "3", "4", "5"]);
    const text = written.join("");
    expect(text).toContain("01234567890123456789012345678~");
    expect(text).toContain("... 3 more lines");
    expect(text).not.toContain("\x1b[31m");
    expect(text).not.toContain("\x1b[6;1H");
  });

  test("gives the cursor back", () => {
    const { stream, written } = terminal(30, 5);
    const screen = new LiveScreen(stream);
    screen.draw(["x"]);
    screen.end();
    expect(written[0]).toContain("\x1b[?25l");
    expect(written.at(-1)).toBe("\x1b[?25h");
  });

  test("writes plain blocks where there is no terminal", () => {
    const written: string[] = [];
    const screen = new LiveScreen({ write: (text: string) => written.push(text) });
    screen.draw(["a", "b"]);
    screen.draw(["a", "c"]);
    screen.end();
    expect(written).toEqual(["a\nb\n\n", "a\nc\n\n"]);
  });
});
