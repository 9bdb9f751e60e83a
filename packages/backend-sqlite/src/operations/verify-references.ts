import type { Verification } from "./verification.ts";

const KINDS = new Set(["counter", "gauge", "timer", "histogram", "derived"]);
const NOWHERE = "SELECT id FROM metrics WHERE (data IS NULL) = (block IS NULL)";
const LOST_WRITERS = `SELECT writer AS id, count(*) AS rows FROM metrics
  WHERE writer NOT IN (SELECT id FROM writer) GROUP BY writer`;
const LOST_BLOCKS = `SELECT block AS id, count(*) AS rows FROM metrics
  WHERE block IS NOT NULL AND block NOT IN (SELECT id FROM block) GROUP BY block`;
const EMPTY_BLOCKS = `SELECT id, 0 AS rows FROM block WHERE NOT EXISTS
  (SELECT 1 FROM metrics INDEXED BY metrics_block WHERE metrics.block = block.id)`;
const LOST_METRICS = "SELECT id, 1 AS rows FROM series WHERE metric NOT IN (SELECT id FROM metric)";
const METRICS = "SELECT id, kind, definition FROM metric";
const SERIES = "SELECT id, tags FROM series";

interface Counted {
  readonly id: number;
  readonly rows: number;
}

/** What one table says of another: every row's instance and block, every series' metric; and that descriptions can be read. */
export async function verifyReferences(verification: Verification): Promise<void> {
  const { connection, findings } = verification;
  const recover = `save what can be read: sqlite3 ${connection.path} ".recover"`;
  const check = async (table: string, work: () => void): Promise<void> => {
    await verification.read(() => findings.guard(connection.path, `table ${table}`, recover, work));
    await verification.turn();
  };
  const counted = (sql: string): Counted[] => connection.statement(sql).all() as Counted[];
  await check("metrics", () => {
    for (const { id } of counted(NOWHERE)) {
      findings.damaged(
        `row ${id} of metrics`,
        "has its points nowhere, or both in itself and in a block",
        `DELETE FROM metrics WHERE id = ${id};`,
      );
    }
  });
  await check("writer", () => {
    for (const { id, rows } of counted(LOST_WRITERS)) {
      findings.damaged(
        `instance ${id}`,
        `is not in table writer, but ${rows} rows of metrics are its: queries leave them out`,
        `DELETE FROM metrics WHERE writer = ${id};`,
      );
    }
  });
  await check("block", () => {
    for (const { id, rows } of counted(LOST_BLOCKS)) {
      findings.damaged(
        `block ${id}`,
        `is not there, but ${rows} rows of metrics are in it`,
        `DELETE FROM metrics WHERE block = ${id};`,
      );
    }
    for (const { id } of counted(EMPTY_BLOCKS)) {
      findings.damaged(
        `block ${id}`,
        "has no rows in metrics",
        `DELETE FROM chunk WHERE block = ${id}; DELETE FROM block WHERE id = ${id};`,
      );
    }
  });
  await check("series", () => {
    for (const { id } of counted(LOST_METRICS)) {
      findings.damaged(
        `series ${id}`,
        "has no metric: queries leave it out",
        `DELETE FROM series WHERE id = ${id}; UPDATE settings SET value = value + 1 WHERE key = 'generation';`,
      );
    }
    for (const { id, tags } of connection.statement(SERIES).all() as { id: number; tags: string }[]) {
      if (isObject(tags)) continue;
      findings.damaged(`series ${id}`, `has tags that are no JSON object: ${excerpt(tags)}`, "give it tags that are");
    }
  });
  await check("metric", () => {
    const metrics = connection.statement(METRICS).all() as { id: number; kind: string; definition: string }[];
    for (const { id, kind, definition } of metrics) {
      const kindOf = isObject(definition) ? (JSON.parse(definition) as { kind?: unknown }).kind : undefined;
      if (KINDS.has(kind) && kindOf === kind) continue;
      findings.damaged(
        `metric ${id}`,
        `is of kind ${excerpt(kind)} and has the definition ${excerpt(definition)}`,
        `give it the definition of its kind; the next program that records it does`,
      );
    }
  });
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function excerpt(text: string): string {
  return JSON.stringify(String(text).slice(0, 80));
}
