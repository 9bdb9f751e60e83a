import type { Verification } from "./verification.ts";

/** More lines than that are not listed by SQLite. */
const MOST_LINES = 100;

/** SQLite's check of the file: pages, order of keys, indexes against tables, columns against their types. */
export async function verifyFile(verification: Verification): Promise<void> {
  const { connection, findings } = verification;
  const recover = `save what can be read: sqlite3 ${connection.path} ".recover" | sqlite3 recovered.db`;
  await verification.read(() =>
    findings.guard(connection.path, "the file", recover, () => {
      verification.beginFile();
      const rows = connection.statement(`PRAGMA integrity_check(${MOST_LINES})`).pluck().all() as string[];
      // One row may be several lines.
      for (const line of rows.flatMap((row) => row.split("\n"))) {
        if (line === "ok" || line.trim() === "" || /^\*\*\* in database/.test(line)) continue;
        const index = /^(row \d+ missing from index|wrong # of entries in index|non-unique entry in index)/.test(line);
        findings.damaged("the file", line, index ? "REINDEX;" : recover);
      }
    }),
  );
}
