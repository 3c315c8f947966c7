import { resolve } from 'node:path/posix'
import type { ArchiveFiles, DumpFiles, FileSet, NameFormat, NameScheme } from '../../../plan/dated-files.ts'
import { USUAL_NAMES } from '../../../plan/file-names/name-format.ts'
import { compilePatterns, type PatternList } from '../../../plan/patterns/compile-patterns.ts'
import type { NewValue } from '../convert-command.ts'
import type { Remarks } from '../remarks.ts'

/** The file sets of the new configuration, collected while its steps are converted. */
export interface NewFileSets {
  /** The name of a file set, which is added if missing. `wanted` is the preferred name. */
  nameOf(files: FileSet, wanted: string, folder: string | undefined): string
  readonly byName: ReadonlyMap<string, NewValue>
}

export function openFileSets(remarks: Remarks): NewFileSets {
  const byName = new Map<string, NewValue>()
  const names = new Map<string, string>()
  return {
    byName,
    nameOf(files, wanted, folder) {
      const value = files.kind === 'archives' ? convertArchives(files, folder) : convertDumps(files, folder, remarks)
      const text = JSON.stringify(value, (_key, it: unknown) => (it instanceof Map ? [...it] : it))
      const known = names.get(text)
      if (known !== undefined) return known
      const name = freeName(wanted, byName)
      names.set(text, name)
      byName.set(name, value)
      return name
    },
  }
}

function freeName(wanted: string, taken: ReadonlyMap<string, NewValue>): string {
  const clean = wanted.replaceAll(/[^\p{L}\p{N}_.@+-]/gu, '-').replace(/^[^\p{L}\p{N}_]+/u, '') || 'files'
  let name = clean
  for (let count = 2; taken.has(name) || name === '__proto__'; count++) name = `${clean}-${count}`
  return name
}

function convertArchives({ basename, scheme, level, folders, listExtension, extension, digests }: ArchiveFiles, folder = '/'): NewValue {
  const [level0, level1 = level0] = folders.map((it) => it && resolve(folder, it))
  const names = namesOf(scheme, digests ? ['archive', 'archiveDigest'] : ['archive'])
  const archives = new Map<string, NewValue>([
    ['basename', basename],
    ['folder', level0 ?? '/'],
    ...(level1 === undefined || level1 === level0 ? [] : [['level-1-folder', level1] as const]),
    ...(level === 0 ? [] : [['level', level] as const]),
    ...(extension === 'tar.gz' ? [] : [['extension', extension] as const]),
    ...(listExtension === 'list' ? [] : [['list-extension', listExtension] as const]),
    ...(digests ? [['digest', true] as const] : []),
    ...(names.size > 0 ? [['names', names] as const] : []),
  ])
  return new Map([['archives', archives]])
}

function convertDumps(
  { basename, scheme, folder, databases, server, areFolders, digests }: DumpFiles,
  workingFolder: string | undefined,
  remarks: Remarks,
): NewValue {
  const { host, port, user, password, runAs } = server
  const names = namesOf(scheme, digests ? ['dump', 'dumpDigest'] : ['dump'])
  if (password !== undefined)
    remarks.add('Database passwords were converted in plain text. References are recommended: see "Secrets" in the configuration reference.')
  const dumps = new Map<string, NewValue>([
    ['basename', basename],
    ['folder', resolve(workingFolder ?? '/', folder)],
    ['databases', databases.names],
    ...excludeOf(databases.exclude, remarks),
    ...(areFolders ? [['folders', true] as const] : []),
    ...(digests ? [['digest', true] as const] : []),
    ...(host === undefined ? [] : [['host', host] as const]),
    ...(port === undefined ? [] : [['port', port] as const]),
    ...(user === undefined ? [] : [['user', user] as const]),
    ...(password?.kind === 'plain' ? [['password', password.value.replaceAll('${', () => '$${')] as const] : []),
    ...(runAs === undefined ? [] : [['run-as', runAs] as const]),
    ...(names.size > 0 ? [['names', names] as const] : []),
  ])
  return new Map([['dumps', dumps]])
}

/** Patterns in the native format, without those that never matched; none if nothing is excluded. */
export function excludeOf(list: PatternList, remarks: Remarks): readonly (readonly [string, NewValue])[] {
  const refused = new Set(compilePatterns(list).refused.map((it) => it.pattern))
  for (const pattern of refused) remarks.add(`The pattern "${pattern}" was omitted: it matched nothing.`)
  const patterns = list.patterns.filter((it) => !refused.has(it.trim()))
  if (patterns.length === 0) return []
  return [['exclude', list.language === 'regex' ? new Map([['regex', patterns]]) : patterns]]
}

const KEYS = { archive: 'archive', archiveDigest: 'archive-digest', dump: 'dump', dumpDigest: 'dump-digest' } as const

function namesOf(scheme: NameScheme, kinds: readonly (keyof typeof KEYS)[]): ReadonlyMap<string, NewValue> {
  return new Map(
    kinds.flatMap((kind) => {
      const text = formatText(scheme[kind])
      return text === USUAL_NAMES[kind] ? [] : [[KEYS[kind], text] as const]
    }),
  )
}

function formatText(format: NameFormat): string {
  return format
    .map((part) => {
      if (part.kind === 'text') return part.text.replaceAll(/[{}]/gu, '$&$&')
      if (part.kind === 'date') return part.format === '' ? '' : `{date:${part.format}}`
      return `{${part.field}}`
    })
    .join('')
}
