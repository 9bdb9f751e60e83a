import { copyFileSync, rmSync } from "node:fs";
import { counterPoint, gaugePoint, SeededRandom, type TestInstance, timerPoint } from "@giflab/backend-testkit";
import Database from "better-sqlite3";
import {
  type MergeOptions,
  type MergeReport,
  mergeStores,
  type VerifyReport,
  verifyStore,
} from "../../src/operations/index.ts";
import { StoreFolder } from "../store-folder.ts";
import { keptStore } from "./kept-store.ts";

/** A folder with stores of several hosts, each with a name, which are merged into that of the fleet. */
export class FleetFolder extends StoreFolder {
  /** The file of a store. */
  at(name: string): string {
    return `${this.path}/${name}.db`;
  }

  /** Merges files into the fleet's. */
  merge(sources: readonly string[], options: Partial<MergeOptions> = {}): Promise<MergeReport> {
    return mergeStores({ dbPath: this.at("fleet"), clock: this.clock, sources, ...options });
  }

  /** Makes a store with rows of all forms, and returns its file. */
  kept(name: string, seed: number, hours = 3): string {
    keptStore(this, new SeededRandom(seed), hours);
    copyFileSync(this.dbPath, this.at(name));
    rmSync(this.dbPath);
    return this.at(name);
  }

  /** Has an instance write some flushes into a store. */
  flushes(name: string, instance: TestInstance, count: number): void {
    const store = this.open({ dbPath: this.at(name) });
    for (let flush = 0; flush < count; flush++) {
      store.writeSync(
        instance.flush([counterPoint("calls", 1), gaugePoint("level", flush), timerPoint("load", [flush])]),
      );
    }
    store.closeSync();
  }

  /** By the rows, and by what queries say: flushes that are there, each once. */
  async counted(name: string): Promise<readonly number[]> {
    const store = this.open({ dbPath: this.at(name), readonly: true });
    const [calls, , load] = await store.summaries({ from: 0, to: 1e11 });
    await store.close();
    const db = new Database(this.at(name), { readonly: true });
    const rows = db.prepare("SELECT sum(seq - first_seq + 1) FROM metrics").pluck().get() as number;
    db.close();
    return [rows, calls!.sum!, load!.count];
  }

  /** What is damaged in a store. */
  async damage(name: string): Promise<VerifyReport["damage"]> {
    return (await verifyStore({ dbPath: this.at(name) })).damage;
  }
}
