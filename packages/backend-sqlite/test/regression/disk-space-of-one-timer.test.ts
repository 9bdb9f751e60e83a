import { SeededRandom, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { expect, it } from "vitest";
import { StoreFolder } from "../store-folder.ts";

const folder = new StoreFolder();
const FLUSHES_IN_7_DAYS = (7 * 86_400) / 10;

it("one timer series called 30 times a flush would take less than 15 MB in 7 days", async () => {
  const random = new SeededRandom();
  const store = folder.open();
  const instance = new TestInstance();
  for (let flush = 0; flush < 500; flush++) {
    const values = Array.from({ length: 30 }, () => 0.01 * Math.exp(2 * random.next()));
    store.writeSync(instance.flush([timerPoint("load", values)]));
  }
  await store.close();
  const { bytes, snapshots } = await folder.open({ readonly: true }).stats();
  expect((bytes / snapshots) * FLUSHES_IN_7_DAYS, `seed ${random.seed}`).toBeLessThan(15 * 2 ** 20);
});
