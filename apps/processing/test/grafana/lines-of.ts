import type { DashboardRows, GrafanaPanel, GrafanaTarget } from "@giflab/dashboard";
import type { DashboardLine } from "@giflab/metrics-core";

/** The lines that a panel was made of, each with its queries. */
export function linesOf(
  panel: GrafanaPanel,
  { open, closed }: DashboardRows,
): readonly { readonly line: DashboardLine; readonly targets: readonly GrafanaTarget[] }[] {
  const { lines } = [...open, ...closed].flatMap(({ panels }) => panels).find(({ title }) => title === panel.title)!;
  const groups: GrafanaTarget[][] = [[]];
  for (const target of panel.targets) {
    groups.at(-1)!.push(target);
    // Hidden ones are for the calculation that follows.
    if (target.hide !== true) groups.push([]);
  }
  return lines.map((line, place) => ({ line, targets: groups[place]! }));
}
