import { COMMANDS, type CommandSpec } from '../src/cli/commands.ts'
import { CHECK_EXIT_CODES, EXIT_CODES } from '../src/cli/exit.ts'
import { EVENTS, type EventText } from './event-texts.ts'

const MADE = '<!-- Made by "npm run generate" from the program itself. Change it there. -->'

/** `docs/reference/command-line.md`: the commands with their options, and the exit codes. */
export function renderCommandLineReference(): string {
  return page([
    '# The command line',
    MADE,
    '`holdfast [-q | -v ...] [-f FILE] COMMAND`. Options may stand anywhere.',
    table(
      ['option', 'effect'],
      [
        ['`-q`, `--quiet`', 'errors only; nothing at all when all is well. What a command is asked to show is still shown'],
        ['`-v`, `--verbose`', 'more; again: still more'],
        ['`-f`, `--file FILE`', 'the configuration file, instead of the one in its usual place'],
        ['`--version`', 'the version'],
        ['`-h`, `--help`', 'the usage of the program or of a command'],
      ],
    ),
    'Called by the name `palhm` or `palhm.py`, the program reads its command line as PALHM does: short options only, all of them before the command.',
    '## Commands',
    ...COMMANDS.map(renderCommand),
    '## Exit codes',
    table(
      ['code', 'meaning'],
      Object.values(EXIT_CODES).map(([code, meaning]) => [String(code), meaning]),
    ),
    `\`check\` ends as a plugin of Nagios does: ${Object.values(CHECK_EXIT_CODES)
      .map(([code, word]) => `${code} ${word}`)
      .join(', ')}. A wrong command line, a configuration that cannot be loaded and any other error are UNKNOWN then.`,
    'A run that is stopped by SIGTERM, SIGHUP, SIGINT or SIGQUIT is rolled back and then dies by that signal, unless the plan holds the signal back.',
    '## Environment',
    table(
      ['variable', 'effect'],
      [
        [
          '`HOLDFAST_STATE`',
          'the folder for the journal, for locks and for what is remembered of roots; else `/var/lib/holdfast` for root, else `holdfast` in the XDG state folder',
        ],
        ['`HOLDFAST_DEBUG=1`', 'errors come with their stack'],
        ['`NO_COLOR`', 'no colours on a terminal'],
      ],
    ),
  ])
}

function renderCommand({ name, summary, parameters, options }: CommandSpec): string {
  const usage = [`holdfast ${name}`, ...parameters.map((it) => it.name), ...(options.length > 0 ? ['[options]'] : [])].join(' ')
  const rows = [
    ...parameters.map((it) => [`\`${it.name}\``, it.description]),
    ...options.map(({ flags, description }) => [`\`${flags}\``, description]),
  ]
  return [`### ${name}`, `\`${usage}\``, `${capital(summary)}.`, ...(rows.length > 0 ? [table(['', ''], rows)] : [])].join('\n\n')
}

/** `docs/reference/events.md`: what `run --json` prints. */
export function renderEventsReference(): string {
  return page([
    '# Events of a run',
    MADE,
    'With `--json`, `run` prints every event as one line of JSON on stdout. What the commands of the task print to their stdout goes to stderr then, so that stdout is JSON alone. A failure is told on stderr as well, for people.',
    'Every event has `time` (ISO 8601, UTC), `kind`, and the `task` that it belongs to: in a run, tasks can lie inside one another. New kinds and fields may be added; readers skip what they do not know. Numbers that may pass 2^53 are strings of digits. No event carries a value of an environment.',
    ...Object.entries(EVENTS).map(renderEvent),
    '## With --dry-run',
    'One line for each step that would run, `kind` being `step-foreseen`: `task`, `index`, `steps`, `text` as in `step-began`; `problems`, a list of what would fail as far as it can be foreseen; and for a backup step `backup` with `storage`, `objects` (each with `path` and `pipeline`), `set` (the name it would get) and `rotation` as in `rotation-decided`.',
  ])
}

function renderEvent([kind, { when, fields }]: [string, EventText]): string {
  const rows = Object.entries(fields).map(([field, meaning]) => [`\`${field}\``, meaning])
  return [`## ${kind}`, `${capital(when)}.`, table(['field', 'meaning'], rows)].join('\n\n')
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), `|${heads.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n')
}

function page(blocks: readonly string[]): string {
  return `${blocks.join('\n\n')}\n`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
