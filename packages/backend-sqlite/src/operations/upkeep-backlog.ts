import type { Connection } from "../connection.ts";
import { HOUR_SECONDS, MINUTE_SECONDS } from "../roll-up.ts";
import { SEAL_MARGIN_SECONDS } from "../seal.ts";
import type { StoreLimits } from "../store-limits.ts";

const DAY_SECONDS = 86_400;

const TO_SEAL = "SELECT count(*) FROM metrics INDEXED BY metrics_hot WHERE block IS NULL AND timestamp <= ?";
const TO_ROLL = `SELECT count(*) FROM block JOIN metrics INDEXED BY metrics_block ON metrics.block = block.id
  WHERE block.resolution < ? AND block.last_time <= ?`;
const EXPIRED = "SELECT count(*) FROM metrics INDEXED BY metrics_time WHERE timestamp <= ?";

/**
 * About how many rows are yet to be sealed, rolled up and deleted, by their age alone: rows that wait for others to share a
 * block with count too. For progress; a row that is sealed and then rolled up counts twice, at its time.
 */
export function upkeepBacklog(connection: Connection, limits: StoreLimits, epochSeconds: number): number {
  const { rawHours, retentionDays, rollupDays } = limits;
  const count = (sql: string, ...parameters: number[]): number => connection.value(sql, ...parameters) as number;
  const hourBegan = Math.floor((epochSeconds - SEAL_MARGIN_SECONDS) / HOUR_SECONDS) * HOUR_SECONDS;
  let rows = count(TO_SEAL, hourBegan);
  const [raw, minutes] = [rawHours * HOUR_SECONDS, retentionDays * DAY_SECONDS];
  if (rollupDays > retentionDays) rows += count(TO_ROLL, HOUR_SECONDS, epochSeconds - minutes);
  if (raw < minutes) rows += count(TO_ROLL, MINUTE_SECONDS, epochSeconds - raw);
  return rows + count(EXPIRED, epochSeconds - Math.max(retentionDays, rollupDays) * DAY_SECONDS);
}
