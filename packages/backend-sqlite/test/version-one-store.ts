import Database from "better-sqlite3";

/** Makes of a store in which nothing is sealed what version 1 left: no index over hot rows, and chunks with a composite key. */
export function turnIntoVersionOne(dbPath: string): void {
  const db = new Database(dbPath);
  db.exec(`DROP INDEX metrics_hot; DROP TRIGGER drop_empty_block; DROP TABLE chunk;
    CREATE TABLE chunk (block INTEGER NOT NULL, series INTEGER NOT NULL, count REAL, sum REAL, min REAL, max REAL,
      sketch BLOB, data BLOB NOT NULL, PRIMARY KEY (block, series)) WITHOUT ROWID;
    CREATE TRIGGER drop_empty_block AFTER DELETE ON metrics WHEN OLD.block IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM metrics WHERE block = OLD.block)
      BEGIN DELETE FROM chunk WHERE block = OLD.block; DELETE FROM block WHERE id = OLD.block; END;
    PRAGMA user_version = 1`);
  db.close();
}
