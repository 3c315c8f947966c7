import { normalize } from 'node:path/posix'
import type { SourceInput } from '../schema/sources.ts'
import { commandIn } from '../settings.ts'
import type { SourceCall, SourceObject } from './source.ts'

// Messages in English, so that they can be parsed, and names unchanged.
const LOCALE = { LC_ALL: 'C.UTF-8' }

/**
 * A tar archive (GNU tar, pax format: names of any length, times in nanoseconds, owners by name and number) with names relative to the root folder.
 * The first tap counts its members and the bytes of its regular files, and digests their list.
 */
export function filesSource(input: SourceInput<'files'>, { settings }: SourceCall): readonly SourceObject[] {
  const { exclude = [], acls = true, xattrs = true, selinux = false, sparse = true } = input
  // `link/.` is what the link leads to, but tar would get the link: both need the same name.
  const paths = input.paths.map((path) => normalize(path).replace(/(?<=.)\/+$/u, ''))
  const members = paths.map((path) => path.replace(/^\/+/u, '') || '.')
  const argv = [
    'tar',
    '--create',
    '--file=-',
    '--format=posix',
    '--directory=/',
    // Twice: one line for each member, with its size; the index is counted and digested, and stderr contains only problems.
    '--verbose',
    '--verbose',
    '--full-time',
    '--utc',
    '--index-file=/dev/fd/3',
    ...(acls ? ['--acls'] : []),
    // Without a mask, tar omits attributes that belong neither to users nor to the system, such as capabilities of programs.
    ...(xattrs ? ['--xattrs', '--xattrs-include=*'] : []),
    ...(selinux ? ['--selinux'] : []),
    ...(sparse ? ['--sparse'] : []),
    ...(input['one-file-system'] === false ? [] : ['--one-file-system']),
    ...exclusions(exclude, members.includes('.')),
    '--',
    ...members,
  ] as const
  // 1 means that a file changed or vanished while it was read, which is normal on a live host; its name is on stderr.
  const stage = commandIn(settings, argv, { accept: { min: 0, max: 1 }, extras: [{ kind: 'tap', collect: 'members' }], values: LOCALE })
  const mounts = input['require-mount']
  const source = {
    kind: 'files' as const,
    paths,
    ...(exclude.length > 0 && { exclude }),
    ...(input['one-file-system'] === false && { oneFileSystem: false }),
    ...(input.digest === true && { isDigested: true as const }),
    ...(mounts !== undefined && { requireMount: [mounts].flat() }),
  }
  return [{ stages: [stage], source, suffix: '.tar' }]
}

/**
 * Patterns with a leading slash match from the beginning of a name, which has no slash in the archive. The position matters: an option affects the
 * patterns after it.
 */
function exclusions(patterns: readonly string[], ofAll: boolean): readonly string[] {
  const fromBeginning = patterns.filter((it) => it.startsWith('/')).map((it) => it.replace(/^\/+/u, ''))
  const anywhere = patterns.filter((it) => !it.startsWith('/'))
  if (patterns.length === 0) return []
  return [
    '--wildcards',
    '--wildcards-match-slash',
    ...(anywhere.length > 0 ? ['--no-anchored', ...anywhere.map((it) => `--exclude=${it}`)] : []),
    ...(fromBeginning.length > 0
      ? ['--anchored', ...fromBeginning.flatMap((it) => (ofAll ? [`--exclude=./${it}`, `--exclude=${it}`] : [`--exclude=${it}`]))]
      : []),
  ]
}
