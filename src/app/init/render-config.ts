import { printable } from '../../lib/format.ts'
import type { FoundSource } from './found-source.ts'

/** What a user chooses; everything else is found on the host. */
export interface Choices {
  /** The folder for sets. */
  readonly root: string
  /** Times as in a crontab. */
  readonly schedule: string
  /** The address that is notified of failures; absent: none. */
  readonly mail?: string
}

export interface Contents extends Choices {
  readonly sources: readonly FoundSource[]
  /** Objects that must be completed by hand. */
  readonly suggestions: readonly string[]
  /** The compression; absent: the default. */
  readonly compress?: string
  /** The programs with which others can go first: `nice`, `ionice`. */
  readonly yielding: ReadonlySet<string>
  /** The schema for editors. */
  readonly schema?: string
  /** The host, for the comment at the top. */
  readonly host: string
}

/** A commented configuration in the native format. */
export function renderConfig({ root, schedule, mail, sources, suggestions, compress, yielding, schema, host }: Contents): string {
  const lines = [
    ...(schema === undefined ? [] : [`# yaml-language-server: $schema=${schema}`]),
    `# Holdfast configuration for ${printable(host)}, created by "holdfast init" from what it found on this host. Adapt it as needed:`,
    '#   holdfast config check       report all errors, and what would fail on this host',
    '#   holdfast run --dry-run      print what a run would do',
    'version: 1',
    '',
    'storages:',
    '  # Better on another disk or host: "type: s3", "sftp" or "rclone". For a disk that is mounted at /backup, add',
    '  # "require-mount: /backup", so that nothing is stored below it while it is not mounted.',
    `  local: { type: localfs, root: ${JSON.stringify(root)} }`,
    '',
    '# Sets can be encrypted. Create a key with "age-keygen -o key.txt", keep key.txt off this host, and write its public key here;',
    '# then add "encrypt: office" to the defaults.',
    '# keys:',
    '#   office: age1...',
    '',
    'defaults:',
    '  # The newest set of each of these days, weeks and months is kept.',
    '  keep: { daily: 7, weekly: 4, monthly: 6 }',
    ...(compress === undefined ? [] : ['  # zstd is faster and smaller: install it, and remove this line.', `  compress: ${compress}`]),
    ...(yielding.size === 0 ? [] : ['  # Run with low priority.']),
    ...(yielding.has('nice') ? ['  nice: 10'] : []),
    ...(yielding.has('ionice') ? ['  ionice: best-effort 7'] : []),
    '',
    ...notifyLines(mail),
    'tasks:',
    '  nightly:',
    '    # Minute, hour, day, month, weekday, as in a crontab. "holdfast enable nightly" adds it to the crontab.',
    `    schedule: ${JSON.stringify(schedule)}`,
    '    steps:',
    '      - backup:',
    '          objects:',
    ...sources.flatMap(linesOf),
    ...suggestionLines(suggestions),
  ]
  return `${lines.join('\n')}\n`
}

const INDENT = ' '.repeat(12)

function linesOf({ name, comment, object, lacks }: FoundSource): readonly string[] {
  if (lacks === undefined) return [`${INDENT}# ${printable(comment)}`, `${INDENT}${name}: ${object}`]
  return [`${INDENT}# ${printable(comment)} Not backed up yet: ${printable(lacks)}.`, `${INDENT}# ${name}: ${object}`]
}

function suggestionLines(suggestions: readonly string[]): readonly string[] {
  if (suggestions.length === 0) return []
  return [
    `${INDENT}# Databases in containers. Check users and passwords, and remove the number signs:`,
    ...suggestions.map((it) => `${INDENT}# ${printable(it)}`),
  ]
}

function notifyLines(mail: string | undefined): readonly string[] {
  if (mail === undefined)
    return [
      '# Failures can be reported by mail, webhook and ping services:',
      '# notifiers: { mail: { type: sendmail, to: root } }',
      '# notify: [mail]',
      '',
    ]
  return [
    '# One message for a new failure, one for the recovery.',
    'notifiers:',
    `  mail: { type: sendmail, to: ${JSON.stringify(mail)} }`,
    'notify: [mail]',
    '',
  ]
}
