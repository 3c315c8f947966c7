import type { Report } from '../../document/issue-report.ts'
import { didYouMean, quoted } from '../../lib/quoted.ts'
import { nearest } from '../../lib/suggest.ts'
import type { NameFormat, NamePart, NameScheme } from '../../plan/dated-files.ts'
import { type FormatPart, parseFormat, whyNoField } from '../../plan/file-names/format.ts'
import { isInside, joinTexts, NAME_FIELDS, namePart, usualFormat } from '../../plan/file-names/name-format.ts'
import { describeValue, isNull, memberOf, membersOf, type Value } from './yaml/value.ts'

/** A scheme of the configuration. */
export interface Scheme extends NameScheme {
  /** Whether it has an explicit id by which it can be referenced. */
  readonly isNamed: boolean
  /** The location of each format; absent for the built-in scheme. */
  readonly places?: Readonly<Record<FormatKey, Value>>
}

export type FormatKey = 'archive' | 'archiveDigest' | 'dump' | 'dumpDigest'

const CONFIG_KEYS: Readonly<Record<FormatKey, string>> = {
  archive: 'fsdump_fileformat',
  archiveDigest: 'fsdump_hash_fileformat',
  dump: 'pgdump_fileformat',
  dumpDigest: 'pgdump_hash_fileformat',
}

// The value of {scheme_id} if there is no id. The ancestor appended six random digits, so that existing files were not found.
const UNNAMED = 'CustomNamingScheme'

/** The default naming. */
export const DEFAULT_SCHEME: Scheme = {
  id: 'default',
  isNamed: true,
  archive: usualFormat('archive'),
  archiveDigest: usualFormat('archiveDigest'),
  dump: usualFormat('dump'),
  dumpDigest: usualFormat('dumpDigest'),
}

/** Compiles the mapping of a scheme. Reports all errors, and returns undefined then. */
export function compileScheme(at: Value, fallbackId: string, report: Report): Scheme | undefined {
  if (at.node.kind !== 'map')
    return report.error(at, `expected a mapping of formats, found ${describeValue(at)}`, 'Write a mapping, or the id of a scheme.')
  const idAt = memberOf(at, 'scheme_id')
  const isNamed = idAt?.node.kind === 'scalar' && !isNull(idAt)
  const id = isNamed && idAt.node.kind === 'scalar' ? idAt.node.text : fallbackId
  const constants = constantsOf(at, isNamed ? id : UNNAMED)
  const places = new Map<FormatKey, Value>()
  const formats = new Map<FormatKey, NameFormat>()
  for (const [key, configKey] of Object.entries(CONFIG_KEYS) as [FormatKey, string][]) {
    const place = memberOf(at, configKey)
    if (!place) {
      report.error(at, `missing key ${quoted(configKey)} of the scheme`, missingHint(at, configKey))
      continue
    }
    const format = compileFormat(place, constants, report)
    places.set(key, place)
    if (format) formats.set(key, format)
  }
  const [archive, archiveDigest, dump, dumpDigest] = (['archive', 'archiveDigest', 'dump', 'dumpDigest'] as const).map((key) => formats.get(key))
  if (!archive || !archiveDigest || !dump || !dumpDigest) return undefined
  return { id, isNamed, archive, archiveDigest, dump, dumpDigest, places: Object.fromEntries(places) as Record<FormatKey, Value> }
}

function missingHint(at: Value, configKey: string): string {
  const known: ReadonlySet<string> = new Set(Object.values(CONFIG_KEYS))
  const strays = membersOf(at).flatMap(({ key }) => (known.has(key) || key === 'scheme_id' ? [] : [key]))
  return didYouMean(nearest(configKey, strays)) ?? 'All four formats are required; there are no defaults.'
}

/** All other keys are constants. Lists and mappings are not texts, and undefined here. */
function constantsOf(at: Value, id: string): ReadonlyMap<string, string | undefined> {
  const constants = new Map<string, string | undefined>([['scheme_id', id]])
  for (const { key, node } of membersOf(at)) if (key !== 'scheme_id') constants.set(key, node.kind === 'scalar' ? node.text : undefined)
  return constants
}

function compileFormat(at: Value, constants: ReadonlyMap<string, string | undefined>, report: Report): NameFormat | undefined {
  if (at.node.kind !== 'scalar') return report.error(at, `expected a string, found ${describeValue(at)}`, 'Put the format in quotes.')
  const parsed = parseFormat(at.node.text)
  if (parsed.kind === 'wrong') return report.error(at, parsed.message, parsed.hint)
  const parts = parsed.parts.map((part) => compilePart(part, at, { constants, report }))
  if (!parts.every((it) => it !== undefined)) return undefined
  const rendered = joinTexts(parts)
  return isInside(rendered) ? rendered : report.error(at, 'invalid file name', 'A name must not be empty, start with "/" or contain "..".')
}

function compilePart(
  part: FormatPart,
  at: Value,
  { constants, report }: { readonly constants: ReadonlyMap<string, string | undefined>; readonly report: Report },
): NamePart | undefined {
  if (part.kind === 'text') return part
  const { name, conversion, spec } = part
  const why = whyNoField(part)
  if (why !== undefined) return report.error(at, why, FIELDS_HINT)
  if (name === 'date' && conversion !== '') return report.error(at, 'a date cannot have a conversion', 'Write {date:%Y%m%d}.')
  if (name !== 'date' && spec !== '') report.warn(at, `the format after the colon in "{${name}}" has no effect`, 'Only {date:…} supports a format.')
  const known = namePart(part, NAME_FIELDS)
  if (known) return known
  const constant = constants.get(name)
  if (constant !== undefined) return { kind: 'text', text: constant }
  if (constants.has(name))
    return report.error(at, `invalid value of the key ${quoted(name)} of the scheme: it cannot be part of a file name`, 'Write one string.')
  return report.error(at, `unknown field ${quoted(name)}`, didYouMean(nearest(name, [...NAME_FIELDS, 'date', ...constants.keys()])) ?? FIELDS_HINT)
}

const FIELDS_HINT = 'Valid fields: basename, date, level, dbname, ext, and the other keys of the scheme.'

/** Whether a name contains a part of the run's time. */
export function hasDate(format: NameFormat): boolean {
  return format.some((part) => part.kind === 'date' && part.format !== '')
}
