import { MergedSketch, type MetricSnapshot } from "@giflab/metrics-core";
import Database from "better-sqlite3";

/** The layout one writes first: a row per point with its tags as JSON, and an index for each way to look for it. */
export class NaiveStore {
  readonly #db: Database.Database;
  readonly #insert: Database.Statement;

  constructor(dbPath: string) {
    this.#db = new Database(dbPath);
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp REAL, name TEXT, type TEXT, value REAL,
        tags TEXT, metadata TEXT);
      CREATE INDEX by_time ON metrics (timestamp);
      CREATE INDEX by_name ON metrics (name);
      CREATE INDEX by_name_and_time ON metrics (name, timestamp)`);
    this.#insert = this.#db.prepare(
      "INSERT INTO metrics (timestamp, name, type, value, tags, metadata) VALUES (?, ?, ?, ?, ?, ?)",
    );
  }

  write({ end, points, instance }: MetricSnapshot): void {
    this.#db.transaction(() => {
      for (const point of points) {
        const { name, tags } = point.series;
        const text = JSON.stringify({ ...tags, service: instance.service });
        if (point.kind === "counter") this.#insert.run(end, name, point.kind, point.delta, text, null);
        else if (point.kind === "gauge") this.#insert.run(end, name, point.kind, point.value, text, null);
        else {
          const sketch = new MergedSketch();
          sketch.add(point.sketch);
          const { count, sum, min, max } = sketch;
          const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => sketch.quantile(q));
          const summary = JSON.stringify({ count, sum, min, max, p50, p95, p99 });
          this.#insert.run(end, name, point.kind, sum / count, text, summary);
        }
      }
    })();
  }

  /** Values of a name over a window; the last five minutes of everything without a name. */
  read(name: string | undefined, from: number): number {
    const sql = "SELECT name, value, tags, metadata FROM metrics WHERE timestamp > ?";
    const rows =
      name === undefined ? this.#db.prepare(sql).all(from) : this.#db.prepare(`${sql} AND name GLOB ?`).all(from, name);
    return rows.length;
  }

  close(): void {
    this.#db.close();
  }
}
