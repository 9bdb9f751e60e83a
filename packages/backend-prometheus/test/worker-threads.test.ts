import { expect, it } from "vitest";
import { Program } from "./program.ts";
import { sampleOf } from "./scraped-text.ts";

it("a scrape shows what all threads of a process have recorded, ended ones included, before anything is flushed", async () => {
  await using program = new Program("thread-program.ts");
  const text = await (await fetch(await program.line())).text();
  expect(sampleOf(text, "jobs_total")).toBe(111);
  expect(sampleOf(text, "load_seconds_count")).toBe(2);
  expect(sampleOf(text, "load_seconds_sum")).toBe(110);
});
