import type { Report } from '../../../document/issue-report.ts'
import { type LocatedNode, locationOf, memberOf } from '../../../document/yaml/node.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { NameFormat, NamePart, NameScheme } from '../../../plan/dated-files.ts'
import { parseFormat, whyNoField } from '../../../plan/file-names/format.ts'
import { isInside, joinTexts, type NameField, namePart, USUAL_NAMES } from '../../../plan/file-names/name-format.ts'
import type { NamesInput } from '../schema/file-sets.ts'

const FORMATS = {
  archive: { key: 'archive', fields: ['basename', 'level', 'ext'], needs: ['ext'] },
  archiveDigest: { key: 'archive-digest', fields: ['basename', 'level', 'ext'], needs: [] },
  dump: { key: 'dump', fields: ['basename', 'dbname'], needs: ['dbname'] },
  dumpDigest: { key: 'dump-digest', fields: ['basename', 'dbname'], needs: ['dbname'] },
} as const satisfies Readonly<Record<string, { key: keyof NamesInput; fields: readonly NameField[]; needs: readonly NameField[] }>>

/** Compiles the names of files of a set. Reports all errors, and returns undefined then. */
export function compileNames(input: NamesInput | undefined, at: LocatedNode | undefined, report: Report): NameScheme | undefined {
  const formatOf = (name: keyof typeof FORMATS): NameFormat | undefined => {
    const { key, fields, needs } = FORMATS[name]
    const place = memberOf(at, key)
    return compileFormat(input?.[key] ?? USUAL_NAMES[name], { fields, needs, ...(place && { at: place }) }, report)
  }
  const [archive, archiveDigest, dump, dumpDigest] = [formatOf('archive'), formatOf('archiveDigest'), formatOf('dump'), formatOf('dumpDigest')]
  return archive && archiveDigest && dump && dumpDigest ? { id: input ? 'own' : 'default', archive, archiveDigest, dump, dumpDigest } : undefined
}

interface FormatCall {
  readonly fields: readonly NameField[]
  readonly needs: readonly NameField[]
  /** Absent for the default one. */
  readonly at?: LocatedNode
}

function compileFormat(text: string, { fields, needs, at }: FormatCall, report: Report): NameFormat | undefined {
  const wrong = (message: string, hint: string) => (at ? report.error(locationOf(at), message, hint) : undefined)
  const parsed = parseFormat(text)
  if (parsed.kind === 'wrong') return wrong(parsed.message, parsed.hint)
  const hint = `Valid fields: ${[...fields, 'date'].join(', ')}.`
  const parts: NamePart[] = []
  for (const part of parsed.parts) {
    const why = part.kind === 'field' ? whyNot(part) : undefined
    if (why !== undefined) return wrong(why, hint)
    const made = namePart(part, fields)
    if (made === undefined) return wrong(`unknown field ${quoted(part.kind === 'field' ? part.name : '')}`, hint)
    parts.push(made)
  }
  const missing = needs.find((it) => !parts.some((part) => part.kind === 'field' && part.field === it))
  if (missing !== undefined) return wrong(`missing field {${missing}}`, 'Without it, two files would have the same name.')
  if (!isInside(parts)) return wrong('invalid file name', 'A name must not start with "/" or contain "..".')
  return joinTexts(parts)
}

function whyNot(part: Parameters<typeof whyNoField>[0]): string | undefined {
  return whyNoField(part) ?? (part.name !== 'date' && part.spec !== '' ? `the format after the colon in "{${part.name}}" has no effect` : undefined)
}
