import { TestInstance, timerPoint } from "@giflab/backend-testkit";
import { describe, expect, it } from "vitest";
import { sealDue } from "../sealed-store.ts";
import { StoreFolder } from "../store-folder.ts";

const folder = new StoreFolder();

describe("a timer whose calls take equally long in each flush", () => {
  it("can be read once it is sealed, however many flushes there are", async () => {
    const store = folder.open();
    const instance = new TestInstance({ start: folder.clock.now() });
    for (let flush = 1; flush <= 1000; flush++) {
      store.writeSync(instance.flush([timerPoint("load", [flush, flush])]));
      folder.clock.advance(10);
    }
    expect(sealDue(folder.dbPath, folder.clock)).toBeGreaterThan(0);
    // Not from the first flush on: of whole chunks the merged sketch answers.
    const [load] = await store.summaries({ from: instance.end - 9990, to: instance.end });
    expect(load).toMatchObject({ count: 1998, sum: 1_000_998, min: 2, max: 1000, last: 1000 });
  });
});
