import { describe, expect, it } from "vitest";
import { instanceInfoFromLabels, instanceInfoLabels } from "../../src/exposition/index.ts";

const identity = {
  service: "api",
  version: "",
  host: "web-1",
  pid: 7,
  thread: 0,
  startTime: 1789000000.25,
  writerId: "a",
};

describe("giflab_instance_info", () => {
  it.each([identity, { ...identity, version: "1.2.0", thread: 3 }])("is read back as it was", (one) => {
    expect(instanceInfoFromLabels({ ...instanceInfoLabels(one), job: "api", instance: "web-1:9464" })).toEqual(one);
  });

  it("is nothing for labels that somebody else wrote", () => {
    expect(instanceInfoFromLabels({})).toBeUndefined();
    expect(instanceInfoFromLabels({ service: "api", writer: "a", pid: "seven", started: "1" })).toBeUndefined();
    expect(instanceInfoFromLabels({ service: "api", pid: "7", started: "1" })).toBeUndefined();
  });
});
