import { basename } from 'node:path/posix'
import type { SourceInput } from '../schema/sources.ts'
import { commandIn } from '../settings.ts'
import type { SourceCall, SourceObject } from './source.ts'

/**
 * The database page by page, as of one moment, by SQLite's own online copy: `.dump` would lose what is not SQL (`user_version`, page size, row ids). The
 * copy is made first and stored then, so that writers never wait for a compressor.
 */
export function sqliteSource(input: SourceInput<'sqlite'>, { settings, host }: SourceCall): readonly SourceObject[] {
  const { node = 'node', shareFolder = '/usr/share/holdfast' } = host.ownPrograms ?? {}
  const stage = commandIn(settings, [
    node,
    '--disable-warning=ExperimentalWarning',
    `${shareFolder}/copy-sqlite.mjs`,
    input.path,
    input['temporary-folder'] ?? '/var/tmp',
  ])
  const suffix = /\.(?:sqlite3?|db3?)$/u.test(basename(input.path)) ? basename(input.path).replace(/^.*(?=\.)/u, '') : '.sqlite'
  return [{ stages: [stage], source: { kind: 'sqlite', path: input.path }, suffix }]
}
