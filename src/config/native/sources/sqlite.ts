import { basename } from 'node:path/posix'
import type { SourceInput } from '../schema/sources.ts'
import { commandIn } from '../settings.ts'
import type { SourceCall, SourceObject } from './source.ts'

// The list of its tables is counted.
const LIST = { kind: 'tap', collect: 'lines' } as const
const DIGEST = { kind: 'tap', collect: 'tail' } as const

/**
 * A page-by-page copy of the database at one point in time, by SQLite's online backup: `.dump` would lose properties that are not SQL
 * (`user_version`, page size, row ids). The copy is completed before it is stored, so that writers never wait for a compressor.
 */
export function sqliteSource(input: SourceInput<'sqlite'>, { settings, host }: SourceCall): readonly SourceObject[] {
  const program = host.ownPrograms?.copySqlite ?? ['node', '/usr/share/holdfast/copy-sqlite.mjs']
  const argv = [...program, '--list=/dev/fd/3', '--digest=/dev/fd/4', input.path, input['temporary-folder'] ?? '/var/tmp'] as const
  const stage = commandIn(settings, argv, { extras: [LIST, DIGEST] })
  const suffix = /\.(?:sqlite3?|db3?)$/u.test(basename(input.path)) ? basename(input.path).replace(/^.*(?=\.)/u, '') : '.sqlite'
  return [{ stages: [stage], source: { kind: 'sqlite', path: input.path }, suffix }]
}
