import { parseFormat, whyNoField } from '../../legacy/krista/format.ts'
import { quoted, type Report } from '../../legacy/palhm/report.ts'
import type { NameFormat, NamePart, NameScheme } from '../../plan/dated-files.ts'
import type { NamesInput } from './schema/file-sets.ts'
import { memberOf, type Placed, spotOf } from './yaml/node.ts'

type Field = 'basename' | 'level' | 'dbname' | 'ext'

const DATE = '{date:%Y%m%d_%H%M%S}'
const FORMATS = {
  archive: { key: 'archive', usual: `{basename}-${DATE}-{level}.{ext}`, fields: ['basename', 'level', 'ext'], needs: ['ext'] },
  archiveDigest: { key: 'archive-digest', usual: `{basename}-${DATE}-{level}.hash`, fields: ['basename', 'level', 'ext'], needs: [] },
  dump: { key: 'dump', usual: `{basename}-{dbname}-${DATE}.pgdump`, fields: ['basename', 'dbname'], needs: ['dbname'] },
  dumpDigest: { key: 'dump-digest', usual: `{basename}-{dbname}-${DATE}.hash`, fields: ['basename', 'dbname'], needs: ['dbname'] },
} as const satisfies Readonly<Record<string, { key: keyof NamesInput; usual: string; fields: readonly Field[]; needs: readonly Field[] }>>

/** Compiles how files of a set are called. Tells everything wrong and gives undefined then. */
export function compileNames(input: NamesInput | undefined, at: Placed | undefined, report: Report): NameScheme | undefined {
  const formatOf = (name: keyof typeof FORMATS): NameFormat | undefined => {
    const { key, usual, fields, needs } = FORMATS[name]
    const place = memberOf(at, key)
    return compileFormat(input?.[key] ?? usual, { fields, needs, ...(place && { at: place }) }, report)
  }
  const [archive, archiveDigest, dump, dumpDigest] = [formatOf('archive'), formatOf('archiveDigest'), formatOf('dump'), formatOf('dumpDigest')]
  return archive && archiveDigest && dump && dumpDigest ? { id: input ? 'own' : 'default', archive, archiveDigest, dump, dumpDigest } : undefined
}

interface FormatCall {
  readonly fields: readonly Field[]
  readonly needs: readonly Field[]
  /** Absent for the usual one. */
  readonly at?: Placed
}

function compileFormat(text: string, { fields, needs, at }: FormatCall, report: Report): NameFormat | undefined {
  const wrong = (message: string, hint: string) => (at ? report.error(spotOf(at), message, hint) : undefined)
  const parsed = parseFormat(text)
  if (parsed.kind === 'wrong') return wrong(parsed.message, parsed.hint)
  const hint = `There are: ${[...fields, 'date'].join(', ')}.`
  const parts: NamePart[] = []
  for (const part of parsed.parts) {
    const why = part.kind === 'field' ? whyNot(part) : undefined
    if (why !== undefined) return wrong(why, hint)
    const made = partOf(part, fields)
    if (made === undefined) return wrong(`there is no field ${quoted(part.kind === 'field' ? part.name : '')} for these names`, hint)
    parts.push(made)
  }
  const missing = needs.find((it) => !parts.some((part) => part.kind === 'field' && part.field === it))
  if (missing !== undefined) return wrong(`the field {${missing}} is missing`, 'Without it, two files would have one name.')
  if (!isInside(parts)) return wrong('a file cannot be called so', 'A name does not begin with "/", and has no "..".')
  return joined(parts)
}

function whyNot(part: Parameters<typeof whyNoField>[0]): string | undefined {
  return whyNoField(part) ?? (part.name !== 'date' && part.spec !== '' ? `the format behind the colon of "{${part.name}}" has no effect` : undefined)
}

function partOf(
  part: Parameters<typeof whyNoField>[0] | { readonly kind: 'text'; readonly text: string },
  fields: readonly Field[],
): NamePart | undefined {
  if (part.kind === 'text') return part
  if (part.name === 'date') return { kind: 'date', format: part.spec }
  const field = fields.find((it) => it === part.name)
  return field === undefined ? undefined : { kind: 'field', field }
}

function isInside(parts: NameFormat): boolean {
  const shown = parts.map((it) => (it.kind === 'text' ? it.text : it.kind === 'date' ? it.format : 'x')).join('')
  return shown !== '' && !shown.startsWith('/') && !shown.endsWith('/') && !shown.split('/').includes('..')
}

function joined(parts: readonly NamePart[]): NameFormat {
  const all: NamePart[] = []
  for (const part of parts) {
    const last = all.at(-1)
    if (part.kind === 'text' && last?.kind === 'text') all[all.length - 1] = { kind: 'text', text: last.text + part.text }
    else all.push(part)
  }
  return all
}
