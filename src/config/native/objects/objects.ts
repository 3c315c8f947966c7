import type { Report } from '../../../document/issue-report.ts'
import { itemsOf, type LocatedNode, locationOf, memberOf, membersOf } from '../../../document/yaml/node.ts'
import { quoted } from '../../../lib/quoted.ts'
import { normaliseObjectPath } from '../../../plan/object-path.ts'
import type { ObjectSpec } from '../../../plan/plan.ts'
import type { Context, Defaults } from '../context.ts'
import type { EncryptionKey } from '../keys.ts'
import { lookUp } from '../references.ts'
import { checkForm } from '../schema/check-form.ts'
import { type ObjectInput, object } from '../schema/tasks.ts'
import { filterSettings, innerSettings } from '../settings.ts'
import { compileSource } from '../sources/compile-source.ts'
import type { SourceObject } from '../sources/source.ts'
import { compressor, encryptor, type Filters } from './filters.ts'
import { type Draft, orderObjects } from './object-order.ts'

/** Compiles the objects of a backup step, in the order of the configuration. Undefined if one of them is invalid. */
export function compileObjects(objects: LocatedNode, defaults: Defaults, context: Context): readonly ObjectSpec[] | undefined {
  const entries = membersOf(objects)
  const drafts = entries.map((entry) => compileObject(entry, defaults, context))
  const good = drafts.filter((it) => it !== undefined)
  checkObjectPaths(good, context.report)
  const ordered = orderObjects(good, { names: new Set(entries.map(({ key }) => key)), report: context.report })
  return good.length === drafts.length ? ordered : undefined
}

function compileObject(entry: LocatedNode & { readonly key: string }, outer: Defaults, context: Context): Draft | undefined {
  const { report, host } = context
  const input = checkForm(entry, object, report)
  if (!input) return undefined
  const settings = innerSettings(outer.settings, input, { at: entry, report })
  const parts = compileSource(input, { settings, host, report, at: entry })
  const compress = compressor(input.compress ?? outer.compress ?? 'zstd', filterSettings(settings))
  const keys = keysFor(input.encrypt ?? outer.encrypt, memberOf(entry, 'encrypt') ?? entry, context)
  const path = pathOf(entry, input, context)
  if (!parts || !keys || path === undefined) return undefined
  const encrypt = encryptor(keys, filterSettings(settings))
  const group = input.group ?? 'default'
  const size = input['expected-size']
  const more = size === undefined || parts.length > 1 ? {} : { expectedBytes: size }
  return {
    name: entry.key,
    group,
    after: (input.after ?? []).map((name, index) => ({ name, at: locationOf(afterAt(entry, index)) })),
    at: locationOf(memberOf(entry, 'path') ?? entry),
    specs: parts.map((part) => ({ ...specOf(part, { path, isWritten: input.path !== undefined }, [compress, encrypt]), group, ...more })),
  }
}

function afterAt(entry: LocatedNode, index: number): LocatedNode {
  const list = memberOf(entry, 'after')
  const item = list?.node.kind === 'list' ? list.node.items[index] : undefined
  return list && item ? { node: item, path: `${list.path}[${index}]` } : entry
}

function pathOf(entry: LocatedNode & { readonly key: string }, { path: written }: ObjectInput, { report }: Context): string | undefined {
  const path = normaliseObjectPath(written ?? entry.key)
  if (path.kind === 'path') return path.path
  const hint = written === undefined ? 'If "path" is not set, the name of the object is its path.' : undefined
  return report.error(locationOf(memberOf(entry, 'path') ?? entry), path.why.replace('copy', 'set'), hint)
}

/** An explicit path is used unchanged. For several objects, it is their folder. */
function specOf(
  { part, suffix, source, stages, endMark, probes }: SourceObject,
  { path, isWritten }: { readonly path: string; readonly isWritten: boolean },
  filters: readonly Filters[],
): Omit<ObjectSpec, 'group' | 'after'> {
  const endings = [suffix, ...filters.map((it) => it.suffix)].join('')
  const full = part === undefined ? (isWritten ? path : withEnding(path, endings)) : `${path}/${part}${endings}`
  return {
    path: full,
    stages: [...stages, ...filters.flatMap((it) => it.stages)],
    source,
    ...(endMark && { endMark }),
    ...(probes && { probes }),
  }
}

/** `www` and `.tar.zst` give `www.tar.zst`, and so do `www.tar` and `.tar.zst`. */
function withEnding(path: string, endings: string): string {
  const parts = endings.split(/(?=\.)/u)
  for (let count = parts.length; count > 0; count -= 1) {
    const start = parts.slice(0, count).join('')
    if (start !== '' && path.endsWith(start) && path.length > start.length) return path + parts.slice(count).join('')
  }
  return path + endings
}

/** The encryption keys of an object; none for `none`. Undefined if one of them is invalid or they cannot be combined. */
function keysFor(input: string | readonly string[] | undefined, at: LocatedNode, context: Context): readonly EncryptionKey[] | undefined {
  const names = input === undefined ? [] : [input].flat()
  if (names.length <= 1 && (names[0] ?? 'none') === 'none') return []
  const places = itemsOf(at)
  const keys = names.map((name, index) => lookUp({ name, what: 'key', at: places[index] ?? at }, context.keys, context))
  if (!keys.every((it) => it !== undefined)) return undefined
  const kinds = new Set(keys.map(({ kind }) => kind))
  if (kinds.size === 1 && (keys.length === 1 || !kinds.has('passphrase'))) return keys
  return context.report.error(
    locationOf(at),
    'keys of different types cannot be combined: use either age keys or GnuPG keys',
    'A passphrase cannot be combined with other keys.',
  )
}

/** Reports objects with the same path, and paths inside the path of another object: a name cannot be both a file and a folder. */
function checkObjectPaths(drafts: readonly Draft[], report: Report): void {
  const taken = new Map<string, Draft>()
  const folders = new Map<string, Draft>()
  for (const draft of drafts)
    for (const { path } of draft.specs) {
      const conflict = conflictOf(path, taken, folders)
      if (conflict) report.error(draft.at, `path ${quoted(path)} ${conflict.why} ${quoted(conflict.of.name)}`, conflict.hint)
      taken.set(path, taken.get(path) ?? draft)
      for (const folder of foldersOf(path)) folders.set(folder, draft)
    }
}

interface Conflict {
  readonly of: Draft
  readonly why: string
  readonly hint: string
}

function conflictOf(path: string, taken: ReadonlyMap<string, Draft>, folders: ReadonlyMap<string, Draft>): Conflict | undefined {
  const same = taken.get(path)
  if (same) return { of: same, why: 'is already used by', hint: 'Set another "path" for one of them.' }
  const hint = 'A path cannot be both a file and a folder.'
  const inside = folders.get(path)
  if (inside) return { of: inside, why: 'is a parent folder of', hint }
  const outer = foldersOf(path).flatMap((it) => taken.get(it) ?? [])[0]
  return outer && { of: outer, why: 'is inside', hint }
}

/** `a/b/c` is inside `a` and `a/b`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}
