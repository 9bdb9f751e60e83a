export interface ResultSeries {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  /** Times are epoch milliseconds. */
  readonly values: readonly (readonly (number | string | null)[])[];
}

/** What a real InfluxDB 1 answers to a statement; an error of its own is thrown. */
export async function influxql(
  url: string,
  database: string,
  statement: string,
  credentials?: string,
): Promise<readonly ResultSeries[]> {
  const query = new URLSearchParams({ db: database, epoch: "ms", q: statement });
  const headers = credentials === undefined ? {} : { authorization: `Basic ${btoa(credentials)}` };
  const response = await fetch(`${url}/query?${query}`, { method: "POST", headers });
  const answer = (await response.json()) as {
    readonly error?: string;
    readonly results?: readonly { readonly error?: string; readonly series?: readonly ResultSeries[] }[];
  };
  const [result] = answer.results ?? [];
  const error = answer.error ?? result?.error;
  if (error !== undefined) throw new Error(`${statement}: ${error}`);
  return result?.series ?? [];
}
