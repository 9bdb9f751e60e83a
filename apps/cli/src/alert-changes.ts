import type { AlertManager, Silence, SilenceOptions } from "@giflab/alerting";
import { CommandError, formatDuration, parseDuration, printable, renderTable, suggestion } from "@giflab/cli-kit";

/** The flags of `metrics alerts` that change or list silences and acknowledgements instead of judging. */
export interface AlertChangeFlags {
  readonly silence?: string | undefined;
  readonly unsilence?: string | undefined;
  readonly acknowledge?: string | undefined;
  readonly silences?: boolean | undefined;
  readonly for?: string | undefined;
  readonly comment?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  /** Who it is, for whoever looks later. */
  readonly by?: string | undefined;
}

/** What a change printed with `--json`, and its lines. */
export interface AlertChange {
  readonly json: {
    readonly added?: Silence;
    readonly removed?: readonly Silence[];
    readonly silences?: readonly Silence[];
    readonly acknowledged?: number;
  };
  readonly lines: readonly string[];
}

/** Whether the flags ask for a change or a list instead of a judgement. Throws for a detail of a change that is none. */
export function isAlertChange(flags: AlertChangeFlags): boolean {
  const { silence, unsilence, acknowledge, silences } = flags;
  if ([silence, unsilence, acknowledge].some((name) => name !== undefined) || silences === true) return true;
  for (const detail of ["for", "comment", "tag"] as const) {
    if (flags[detail] !== undefined)
      throw new CommandError(`--${detail} goes with --silence RULE or --acknowledge RULE`);
  }
  return false;
}

/** Does what the flags ask for. Rejects with a `CommandError` that says what is missing, and with the store's errors. */
export async function changeAlerts(manager: AlertManager, flags: AlertChangeFlags): Promise<AlertChange> {
  const now = Date.now() / 1000;
  if (flags.silence !== undefined) {
    if (flags.for === undefined) {
      throw new CommandError(`--silence ${flags.silence} needs an end: add --for 2h (or 90s, 30m, 1d)`);
    }
    await checkRule(manager, flags.silence);
    const added = await manager.silence({ rule: flags.silence, for: parseDuration(flags.for), ...detailsOf(flags) });
    const undo = `giflab metrics alerts --unsilence ${added.id}`;
    return { json: { added }, lines: [`silenced ${aboutSilence(added, now)}; ${undo} ends it`] };
  }
  if (flags.unsilence !== undefined) {
    const removed = await manager.unsilence(flags.unsilence);
    if (removed.length > 0)
      return { json: { removed }, lines: removed.map((one) => `ended: ${aboutSilence(one, now)}`) };
    const known = (await manager.silences()).flatMap(({ id, rule }) => [id, rule]);
    const hint = known.length === 0 ? " There are none." : suggestion(flags.unsilence, known);
    throw new CommandError(`no silence has the id or rule "${flags.unsilence}".${hint} --silences lists them`);
  }
  if (flags.acknowledge !== undefined) {
    await checkRule(manager, flags.acknowledge);
    const seconds = flags.for === undefined ? undefined : parseDuration(flags.for);
    const acknowledged = await manager.acknowledge({
      rule: flags.acknowledge,
      ...detailsOf(flags),
      ...(seconds === undefined ? {} : { for: seconds }),
    });
    if (acknowledged > 0) {
      const alerts = acknowledged === 1 ? "1 alert" : `${acknowledged} alerts`;
      const end = seconds === undefined ? "" : `, or for ${formatDuration(seconds)}`;
      return {
        json: { acknowledged },
        lines: [`acknowledged ${alerts} of ${flags.acknowledge} until it ends or gets worse${end}`],
      };
    }
    throw new CommandError(
      `no alert of ${flags.acknowledge} fires: giflab metrics alerts --check ${flags.acknowledge}`,
    );
  }
  const silences = await manager.silences();
  return { json: { silences }, lines: silenceLines(silences, now) };
}

function detailsOf({ tag = [], comment, by }: AlertChangeFlags): Pick<SilenceOptions, "tags" | "by" | "comment"> {
  const tags = Object.fromEntries(tag.map(readTag));
  return {
    ...(tag.length === 0 ? {} : { tags }),
    ...(comment === undefined ? {} : { comment }),
    ...(by === undefined ? {} : { by }),
  };
}

function readTag(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new CommandError(`"${text}" is not a tag: give NAME=VALUE, such as --tag tier=memory`);
}

/** A silence of a misspelt rule would silence nothing. */
async function checkRule(manager: AlertManager, rule: string): Promise<void> {
  const known = (await manager.allRules()).map(({ name }) => name);
  if (known.includes(rule) || /[*?]/.test(rule)) return;
  const hint = suggestion(rule, known) || ` There are ${known.join(", ")}.`;
  throw new CommandError(`there is no alert rule "${rule}".${hint}`);
}

function aboutSilence({ rule, until, tags, comment, id }: Silence, now: number): string {
  const which = Object.entries(tags).map(([tag, values]) => ` ${tag}=${[values].flat().join("|")}`);
  const why = comment === undefined ? "" : ` (${comment})`;
  const text = `${rule}${which.join("")} for ${formatDuration(Math.max(0.001, until - now))}${why}, silence ${id}`;
  return printable(text);
}

function silenceLines(silences: readonly Silence[], now: number): string[] {
  if (silences.length === 0) return ["no silences"];
  const rows = silences.map(({ id, rule, tags, until, by = "", comment = "" }) => [
    id,
    printable(rule),
    printable(
      Object.entries(tags)
        .map(([tag, values]) => `${tag}=${[values].flat().join("|")}`)
        .join(" "),
    ),
    formatDuration(Math.max(0.001, until - now)),
    printable(by),
    printable(comment),
  ]);
  return renderTable(
    ["Id", "Rule", "Tags", "Ends in", "By", "Comment"].map((heading) => ({ heading })),
    rows,
  );
}
