import { shownState } from '../../app/sets/list-sets.ts'
import type { ContentEntry } from '../../backup/contents/entry.ts'
import { mayBeBeside } from '../../backup/contents/index/index-places.ts'
import type { Listing } from '../../backup/contents/listing.ts'
import type { StoredRecord } from '../../backup/restore/restore-jobs.ts'
import type { SetSummary } from '../../backup/set/set-store.ts'
import { counted, formatBytes, printable } from '../../lib/format.ts'
import { printableShellWord } from '../../lib/shell-word.ts'

const TYPES: Readonly<Partial<Record<ContentEntry['kind'], string>>> = { file: '-', folder: 'd', link: 'l', other: '?' }
const RIGHTS = 'rwxrwxrwx'

/** An entry on one line, as `tar -tv` prints it; a table with its rows. The path is a word of the shell, for `restore --path`. */
export function renderEntry(entry: ContentEntry): string {
  const { path, kind, rows, bytes, modified, owner = '', group = '', target, isHard } = entry
  const word = `${printableShellWord(path)}${kind === 'folder' || kind === 'database' ? '/' : ''}`
  if (kind === 'entry') return `${word}\n`
  if (kind === 'table' || kind === 'database') return `${kind.padEnd(8)}  ${(rows === undefined ? '' : counted(rows, 'row')).padStart(14)}  ${word}\n`
  const link = target === undefined ? '' : ` ${isHard === true ? 'link to' : '->'} ${printableShellWord(target)}`
  const size = bytes === undefined ? '' : formatBytes(bytes)
  const whose = owner === '' && group === '' ? '' : printable(`${owner}/${group}`)
  return `${modeText(entry)} ${whose.padEnd(17)} ${size.padStart(8)} ${timeText(modified).padEnd(20)} ${word}${link}\n`
}

/** `2026-11-20T02:30:00Z` */
export function timeText(modified: string | undefined): string {
  return modified === undefined ? '' : `${modified.slice(0, 19)}Z`
}

function modeText({ kind, mode }: ContentEntry): string {
  const type = TYPES[kind] ?? '-'
  if (mode === undefined) return `${type}${' '.repeat(RIGHTS.length)}`
  const rights = [...RIGHTS].map((right, index) => ((mode >> (RIGHTS.length - 1 - index)) & 1 ? right : '-'))
  for (const [bit, at, letter] of [
    [0o4000, 2, 's'],
    [0o2000, 5, 's'],
    [0o1000, 8, 't'],
  ] as const)
    if (mode & bit) rights[at] = rights[at] === 'x' ? letter : letter.toUpperCase()
  return type + rights.join('')
}

/** Where the entries are from, and how many there are. */
export function describeListing(listing: Extract<Listing, { kind: 'listed' }>): string {
  const { source, format, entries } = listing
  if (format === 'none') return 'a single file: nothing is inside it'
  return `${counted(entries, 'entry', 'entries')} in all, from ${source === 'index' ? 'the index' : 'the object itself'}`
}

/** Behind the name of a set that is not simply complete: ` (damaged)`. */
export function stateMark(set: SetSummary): string {
  const state = shownState(set)
  return state === 'complete' ? '' : ` (${state})`
}

/** The kind of the contents of an object: `archive, encrypted`. */
export function contentsOf(object: StoredRecord): string {
  const what = object.source === 'tar' ? 'archive' : (object.kind ?? '-')
  return mayBeBeside(object) ? what : `${what}, encrypted`
}
