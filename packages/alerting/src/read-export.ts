import { open, readFile, stat } from "node:fs/promises";
import type { InstanceIdentity, MetricPoint, NamedDefinition } from "@giflab/metrics-core";

/** A point of a store or of an export, in which the instance is a `writerId`. */
export type ExportedPoint = MetricPoint extends infer Point
  ? Point extends MetricPoint
    ? Omit<Point, "instance"> & { readonly instance: string }
    : never
  : never;

/** What an export says before its points. */
export interface ExportHeading {
  /** Epoch seconds, between which the points lie; equal when there are none. */
  readonly from: number;
  readonly to: number;
  /** Version, platform and more of what wrote it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What an export says after its points. */
export interface ExportEnd {
  readonly points: number;
  readonly instances: readonly InstanceIdentity[];
  /** Of its metrics; none in an export of a version before they were written. */
  readonly definitions: readonly NamedDefinition[];
}

/** A file that is no whole export; the message says what is wrong with it and what to do. */
export class ExportFileError extends Error {
  override readonly name = "ExportFileError";
}

interface RawExport {
  readonly schemaVersion?: unknown;
  readonly startTime?: number | null;
  readonly endTime?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly metrics?: readonly unknown[];
  readonly instances?: readonly InstanceIdentity[];
  readonly definitions?: readonly NamedDefinition[];
  readonly metricsCount?: number;
}

/** A file that is not laid out as `metrics export` lays it out is read in one piece, up to this size. */
const MOST_AT_ONCE = 256 * 2 ** 20;

/**
 * Reads what `giflab metrics export` wrote as JSON, in constant memory: first `begin` with the heading, then what that
 * returns with every point in the order of the file. One that another program has formatted is read whole.
 *
 * @throws ExportFileError when it cannot be read, is something else, or is not complete
 */
export async function readExport(
  path: string,
  begin: (heading: ExportHeading) => (point: ExportedPoint) => void,
): Promise<ExportEnd> {
  try {
    return (await readLines(path, begin)) ?? (await readWhole(path, begin));
  } catch (error) {
    if (error instanceof ExportFileError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : message;
    throw unusable(path, why, error);
  }
}

/** Line by line; `undefined`, before anything was taken, for another layout. */
async function readLines(
  path: string,
  begin: (heading: ExportHeading) => (point: ExportedPoint) => void,
): Promise<ExportEnd | undefined> {
  const file = await open(path);
  try {
    let take: ((point: ExportedPoint) => void) | undefined;
    let rest: string | undefined;
    let [line, points] = [0, 0];
    for await (const text of file.readLines()) {
      line++;
      if (take === undefined) {
        if (!text.endsWith('"metrics":[')) return undefined;
        take = begin(headingOf(path, parse(path, `${text}]}`, line) as RawExport));
      } else if (rest !== undefined) rest += text;
      else if (text.startsWith("]")) rest = text.slice(1).replace(/^,/, "{");
      else if (text !== "") {
        take(pointOf(path, parse(path, text.replace(/,$/, ""), line), line));
        points++;
      }
    }
    return endOf(path, parse(path, rest ?? "", line) as RawExport, points);
  } finally {
    await file.close();
  }
}

async function readWhole(
  path: string,
  begin: (heading: ExportHeading) => (point: ExportedPoint) => void,
): Promise<ExportEnd> {
  const { size } = await stat(path);
  if (size > MOST_AT_ONCE) throw unusable(path, "it is not laid out as it was written, and too large for that");
  const whole = parse(path, await readFile(path, "utf8"), undefined) as RawExport;
  if (!Array.isArray(whole?.metrics)) throw unusable(path, "it has no metrics");
  const take = begin(headingOf(path, whole));
  for (const point of whole.metrics) take(pointOf(path, point, undefined));
  return endOf(path, whole, whole.metrics.length);
}

function headingOf(path: string, { schemaVersion, startTime, endTime, environment }: RawExport): ExportHeading {
  if (schemaVersion !== 1) throw unusable(path, `its schemaVersion is ${JSON.stringify(schemaVersion)}, not 1`);
  if (typeof endTime !== "number") throw unusable(path, "it has no endTime");
  return { from: startTime ?? endTime, to: endTime, environment: environment ?? {} };
}

function pointOf(path: string, value: unknown, line: number | undefined): ExportedPoint {
  const point = value as ExportedPoint | null;
  const sound =
    typeof point?.name === "string" &&
    typeof point.instance === "string" &&
    Number.isFinite(point.timestamp) &&
    Number.isFinite(point.resolutionSeconds) &&
    typeof point.tags === "object" &&
    ("value" in point ? Number.isFinite(point.value) : Array.isArray(point.buckets?.indexes));
  if (!sound) throw unusable(path, `${line === undefined ? "there" : `in line ${line}`} is something that is no point`);
  return point;
}

function endOf(path: string, { instances, definitions = [], metricsCount }: RawExport, points: number): ExportEnd {
  if (!Array.isArray(instances) || metricsCount !== points) {
    throw unusable(
      path,
      `it holds ${points} of ${metricsCount ?? "an unknown number of"} points: it was cut off or changed`,
    );
  }
  return { points, instances, definitions };
}

function parse(path: string, text: string, line: number | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const where = line === undefined ? "" : ` (at line ${line})`;
    throw unusable(path, text === "" ? "it was cut off" : `it is not JSON${where}`, error);
  }
}

function unusable(path: string, why: string, cause?: unknown): ExportFileError {
  return new ExportFileError(`${path} cannot be used: ${why}. Write it with: giflab metrics export -o ${path}`, {
    cause,
  });
}
