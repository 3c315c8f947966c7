import { CHECK_EXIT_CODES, EXIT_CODES } from '../../src/app/host/exit-codes.ts'
import type { CommandSpec } from '../../src/cli/args/command-spec.ts'
import { COMMANDS } from '../../src/cli/args/commands.ts'
import { GLOBAL_OPTIONS } from '../../src/cli/args/shared-options.ts'

/** The manual page `holdfast(8)`. The date is that of the sources: `2026-01-02`. */
export function renderManPage(version: string, date: string): string {
  return `${[
    `.TH HOLDFAST 8 ${date} "Holdfast ${version}" "System administration"`,
    '.SH NAME',
    'holdfast \\- maintains Linux hosts and backs up their data',
    '.SH SYNOPSIS',
    '.B holdfast',
    '[\\fIoptions\\fR] \\fIcommand\\fR',
    '.SH DESCRIPTION',
    text('Runs routine commands and hot backups of this host, as described in its configuration file; keeps, verifies and restores backup sets.'),
    '.PP',
    text(
      'Called as "palhm" or "palhm.py", the program reads the configuration and the command line of PALHM; called as "KristaBackup.py", those of KristaBackup.',
    ),
    '.SH OPTIONS',
    ...Object.values(GLOBAL_OPTIONS).flatMap(item),
    '.SH COMMANDS',
    ...COMMANDS.flatMap(command),
    '.SH EXIT STATUS',
    ...Object.values(EXIT_CODES).flatMap(([code, meaning]) => ['.TP', `.B ${code}`, text(meaning)]),
    '.PP',
    text(
      `The command "check": ${Object.values(CHECK_EXIT_CODES)
        .map(([code, word]) => `${code} ${word}`)
        .join(', ')}.`,
    ),
    '.SH FILES',
    ...['/etc/holdfast/holdfast.yaml', 'the configuration', '/etc/palhm/palhm.jsonc', 'the configuration in the format of PALHM'].map((it, at) =>
      at % 2 === 0 ? `.TP\n.I ${text(it)}` : text(it),
    ),
    ...['.TP', '.I /var/lib/holdfast', 'the journal, locks, and the recorded roots of storages'],
    '.SH SEE ALSO',
    '.BR tar (1),',
    '.BR zstd (1),',
    '.BR crontab (5),',
    '.BR systemd.timer (5)',
  ].join('\n')}\n`
}

function command({ name, aliases = [], summary, parameters, options }: CommandSpec): readonly string[] {
  const usage = [`\\fB${[name, ...aliases].map(escaped).join('\\fR|\\fB')}\\fR`, ...parameters.map((it) => escaped(it.name))].join(' ')
  return [
    '.SS',
    usage,
    text(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`),
    ...parameters.flatMap((it) => item({ flags: it.name, description: it.description })),
    ...options.flatMap(item),
  ]
}

function item({ flags, description }: { readonly flags: string; readonly description: string }): readonly string[] {
  return ['.TP', `.B ${escaped(flags)}`, text(description)]
}

/** A line of text: one that begins with a dot or an apostrophe would be a request. */
function text(line: string): string {
  return `${/^[.']/u.test(line) ? '\\&' : ''}${escaped(line)}`
}

function escaped(line: string): string {
  return line.replaceAll('\\', '\\e').replaceAll('-', '\\-')
}
