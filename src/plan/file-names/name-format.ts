import { resolve } from 'node:path/posix'
import type { ArchiveFiles, NameFormat, NamePart, NameScheme } from '../dated-files.ts'
import { type FormatPart, parseFormat } from './format.ts'

export const NAME_FIELDS = ['basename', 'level', 'dbname', 'ext'] as const
export type NameField = (typeof NAME_FIELDS)[number]

const DATE = '{date:%Y%m%d_%H%M%S}'

/** The default names. */
export const USUAL_NAMES = {
  archive: `{basename}-${DATE}-{level}.{ext}`,
  archiveDigest: `{basename}-${DATE}-{level}.hash`,
  dump: `{basename}-{dbname}-${DATE}.pgdump`,
  dumpDigest: `{basename}-{dbname}-${DATE}.hash`,
} as const satisfies Readonly<Record<keyof Omit<NameScheme, 'id'>, string>>

/** One of the default names, parsed. */
export function usualFormat(name: keyof typeof USUAL_NAMES): NameFormat {
  const parsed = parseFormat(USUAL_NAMES[name])
  return parsed.kind === 'wrong' ? [] : parsed.parts.flatMap((part) => namePart(part, NAME_FIELDS) ?? [])
}

/** The part in names. Undefined for an unsupported field. */
export function namePart(part: FormatPart, fields: readonly NameField[]): NamePart | undefined {
  if (part.kind === 'text') return part
  if (part.name === 'date') return { kind: 'date', format: part.spec }
  const field = fields.find((it) => it === part.name)
  return field === undefined ? undefined : { kind: 'field', field }
}

/** The same format, with adjacent texts joined. */
export function joinTexts(parts: readonly NamePart[]): NameFormat {
  const joined: NamePart[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (part.kind === 'text' && last?.kind === 'text') joined[joined.length - 1] = { kind: 'text', text: last.text + part.text }
    else joined.push(part)
  }
  return joined
}

/** Whether files with this name are directly in the folder, regardless of the fields. */
export function isInside(format: NameFormat): boolean {
  const shown = format.map((part) => (part.kind === 'text' ? part.text : part.kind === 'date' ? part.format : 'x')).join('')
  return shown !== '' && !shown.startsWith('/') && !shown.endsWith('/') && !shown.split('/').includes('..') && !shown.includes('\0')
}

/** Whether archives of both levels have the same names: then a level 1 would be used as a base. */
export function sharesNames({ archive }: NameScheme, [level0, level1]: ArchiveFiles['folders']): boolean {
  const hasLevel = archive.some((part) => part.kind === 'field' && part.field === 'level')
  return !hasLevel && level1 !== undefined && resolve(level0) === resolve(level1)
}
