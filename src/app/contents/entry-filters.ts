import type { ContentEntry } from '../../backup/contents/entry.ts'
import type { EntryConsumer } from '../../backup/contents/listing.ts'
import { bare, typedPath } from '../../backup/filter/restore-commands.ts'
import { compilePatterns } from '../../plan/patterns/compile-patterns.ts'

// How a line of an index begins: docs/format/object-index.md.
const BEGIN = '{"path":"'

/** More are not kept in memory: they may be listed several times then. */
const MOST_FOLDERS = 200_000

type OnEntry = (entry: ContentEntry) => void

/** Everything at and below a path; all entries without one. */
export function entriesBelow(path: string | undefined, onEntry: OnEntry): EntryConsumer {
  const folder = folderOf(path)
  const begin = `${BEGIN}${escaped(folder)}`
  return withFlatNames(path, onEntry, {
    mayMatch: (line) => !line.startsWith(BEGIN) || line.startsWith(begin),
    take(entry) {
      if (folder === '' || entry.path === folder || entry.path.startsWith(`${folder}/`)) onEntry(entry)
    },
  })
}

/**
 * The entries directly in a folder, including folders that only appear in the paths of others; of anything else, the entry itself. `isCounted` is asked
 * for entries that are not folders: if it counts one itself, the entry is not parsed.
 */
export function entriesIn(path: string | undefined, onEntry: OnEntry, isCounted?: () => boolean): EntryConsumer {
  const folder = folderOf(path)
  const prefix = folder === '' ? '' : `${folder}/`
  const begin = `${BEGIN}${escaped(folder)}`
  const begunBelow = `${BEGIN}${escaped(prefix)}`
  const kindOfItem = folder === '' ? KIND_OF_ITEM : KIND_IN_FOLDER
  const folders = new Set<string>()
  return withFlatNames(path, onEntry, {
    mayMatch(line) {
      if (!line.startsWith(BEGIN)) return true
      if (!line.startsWith(begunBelow)) return line.startsWith(`${begin}"`)
      const slash = line.indexOf('/', begunBelow.length)
      const quote = line.indexOf('"', begunBelow.length)
      if (isCounted && isPlainName(line.slice(begunBelow.length, quote)) && kindOfItem.test(line.slice(quote, quote + KIND_LENGTH)) && isCounted())
        return false
      // Of the many entries below a folder, the first one is sufficient.
      return slash === -1 || slash > quote || !folders.has(line.slice(begunBelow.length, slash))
    },
    take(entry) {
      if (entry.path === folder && entry.kind !== 'folder' && entry.kind !== 'database') onEntry(entry)
      if (!entry.path.startsWith(prefix) || entry.path === folder || entry.path === '.') return
      const rest = entry.path.slice(prefix.length)
      const [child = ''] = rest.split('/', 1)
      const isItself = child === rest
      const isFolder = !isItself || entry.kind === 'folder' || entry.kind === 'database'
      if (isFolder && folders.has(escaped(child))) return
      if (isFolder && folders.size < MOST_FOLDERS) folders.add(escaped(child))
      onEntry(isItself ? entry : { path: `${prefix}${child}`, kind: 'folder' })
    },
  })
}

/** A slash in a distinguished name is a character like others: entries of a directory are in no folder. */
function isFlat({ kind }: ContentEntry): boolean {
  return kind === 'entry'
}

/** Of entries that are in no folder, `path` lists the one with exactly this name; without a path, all are listed. The others are for `consumer`. */
function withFlatNames(path: string | undefined, onEntry: OnEntry, consumer: Required<EntryConsumer>): EntryConsumer {
  const itself = `${BEGIN}${escaped(path ?? '')}"`
  return {
    mayMatch: (line) => line.startsWith(itself) || consumer.mayMatch(line),
    take(entry) {
      if (!isFlat(entry)) consumer.take(entry)
      else if (folderOf(path) === '' || entry.path === path) onEntry(entry)
    },
  }
}

// What follows the path in a line; a name that contains a quotation mark is parsed.
const KIND_OF_ITEM = /^","kind":"(?!folder|database)/u
const KIND_IN_FOLDER = /^","kind":"(?!folder|database|entry)/u
const KIND_LENGTH = 24

function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && !name.includes('/') && !name.includes('\\')
}

/** Entries whose path contains a text, in upper or lower case; or that match a shell pattern: their name, or with a slash in it their path. */
export function entriesLike(wanted: string, { isGlob, onEntry }: { readonly isGlob: boolean; readonly onEntry: OnEntry }): EntryConsumer {
  const matches = nameMatcher(wanted, isGlob)
  const inLine = escaped(wanted).toLowerCase()
  return {
    ...(!isGlob && { mayMatch: (line: string) => !line.startsWith(BEGIN) || line.toLowerCase().includes(inLine) }),
    take(entry) {
      if (matches(entry.path, isFlat(entry))) onEntry(entry)
    },
  }
}

/** Whether a path, or a name in which slashes have no meaning, matches a text or pattern, as in `entriesLike`. */
export function nameMatcher(wanted: string, isGlob: boolean): (path: string, isFlatName?: boolean) => boolean {
  const text = wanted.toLowerCase()
  if (!isGlob) return (path) => path.toLowerCase().includes(text)
  const isPath = wanted.includes('/')
  const compiled = compilePatterns({ language: 'shell', patterns: [isPath ? bare(wanted) : wanted] })
  return (path, isFlatName) => compiled.matches(isPath || isFlatName === true ? path : (path.split('/').at(-1) ?? path))
}

function folderOf(path: string | undefined): string {
  const folder = typedPath(path ?? '')
  return folder === '.' || folder === '/' ? '' : folder
}

/** As in a string of JSON. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
