import type { SeriesStatistic } from "./query.ts";
import type { Tags } from "./tags.ts";

/** Which metrics belong together on a dashboard, and how they are shown: data beside a catalogue, for any kind of page. */
export interface DashboardLayout {
  /** File name without ending and stable id; lower-case letters, digits and `_`: `giflab_performance`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly DashboardRow[];
}

export interface DashboardRow {
  readonly title: string;
  readonly panels: readonly DashboardPanel[];
}

export interface DashboardPanel {
  readonly title: string;
  /** What it shows and what to make of it, for whoever is woken by an alert. */
  readonly description: string;
  /** `timeseries`: lines over time; `gauge`: the newest values on scales; `stat`: the newest values as numbers. */
  readonly view: "timeseries" | "gauge" | "stat";
  readonly lines: readonly DashboardLine[];
  /** Width in 24ths of the page; default 8. */
  readonly width?: number;
}

export interface DashboardLine {
  /** Name of a recorded or derived metric of the catalogue. */
  readonly metric: string;
  /** Default: `value` for derived metrics, `rate` for counters, `last` for gauges, `p95` for timers and histograms. */
  readonly statistic?: SeriesStatistic;
  /** One line per combination of these tags, beside those that a derived metric groups by; everything else is merged. */
  readonly by?: readonly string[];
  /** Only series with these tags. */
  readonly where?: Tags;
  /** Shown as a share, 0 to 1, of this metric. */
  readonly limit?: string;
  /** Name of the line; `{{tag}}` stands for a tag's value. */
  readonly legend: string;
  /** Has a scale of its own, on the right. */
  readonly axis?: "right";
}
