import { quoted } from '../../lib/quoted.ts'
import { nearest } from '../../lib/suggest.ts'
import type { NameFormat, NamePart, NameScheme } from '../../plan/dated-files.ts'
import { type Attributes, near } from './attributes.ts'
import type { ActionCall, SchemeChoice, Use } from './context.ts'
import type { Action } from './inherit.ts'
import { compileScheme, DEFAULT_SCHEME, type FormatKey, hasDate, type Scheme } from './schemes.ts'
import { isNull, memberOf, type Value } from './yaml/value.ts'

/**
 * The naming of an action's files. Its own setting takes precedence over those of its ancestors, of the task and of the configuration. Undefined if
 * an error was reported.
 */
export function chooseScheme({ action, attributes, use }: ActionCall, keys: readonly FormatKey[]): NameScheme | undefined {
  const { report } = attributes
  const at = schemeValue(action)
  const found = at ? schemeAt(at, action, use, attributes) : use.scheme
  if (!found) return undefined
  if (found.kind === 'unknown') {
    const known = [...use.context.schemes.keys(), ...(use.taskScheme ? [use.taskScheme.id] : [])]
    return report.error(
      found.at,
      `unknown naming scheme ${quoted(found.id)}`,
      `${near(nearest(found.id, known), known, 'schemes')} Schemes written in Python must be written as formats here.`,
    )
  }
  return fitted(found.scheme, keys, attributes)
}

function schemeValue(action: Action): Value | undefined {
  for (let it: Action | undefined = action; it !== undefined; it = it.parent) {
    const found = it.attributes.get('naming_scheme')
    if (found && !isNull(found)) return found
  }
  return undefined
}

function schemeAt(at: Value, action: Action, use: Use, { report }: Attributes): SchemeChoice | undefined {
  if (at.node.kind !== 'scalar') {
    const scheme = compileScheme(at, `of action ${action.name}`, report)
    return scheme && { kind: 'scheme', scheme }
  }
  return findScheme(at, at.node.text, use)
}

/** A scheme by its id. */
export function findScheme(at: Value, id: string, { context, taskScheme }: Pick<Use, 'context' | 'taskScheme'>): SchemeChoice {
  const scheme = taskScheme?.isNamed === true && taskScheme.id === id ? taskScheme : context.schemes.get(id)
  return scheme ? { kind: 'scheme', scheme } : { kind: 'unknown', at, id }
}

const FILLED: Readonly<Record<FormatKey, readonly string[]>> = {
  archive: ['basename', 'level', 'ext'],
  archiveDigest: ['basename', 'level', 'ext'],
  dump: ['basename', 'dbname'],
  dumpDigest: ['basename', 'dbname'],
}

/** The scheme, with every field of these formats either replaced by a key of the action, or provided by its files. */
function fitted(scheme: Scheme, keys: readonly FormatKey[], attributes: Attributes): NameScheme | undefined {
  const { report } = attributes
  const formats = new Map<FormatKey, NameFormat>()
  for (const key of keys) {
    const at = scheme.places?.[key]
    const format = scheme[key].map((part): NamePart | undefined => {
      if (part.kind !== 'field' || FILLED[key].includes(part.field)) return part
      const text = attributes.text(part.field)
      if (text !== undefined) return { kind: 'text', text }
      return report.error(at ?? attributes.at, `"{${part.field}}" has no value in this name`, 'Remove it from the format.')
    })
    if (at && !hasDate(scheme[key])) report.warn(at, 'the name contains no date: every run writes the same file', 'Add {date:%Y%m%d_%H%M%S}.')
    if (format.every((it) => it !== undefined)) formats.set(key, format)
  }
  if (formats.size < keys.length) return undefined
  const { id, archive, archiveDigest, dump, dumpDigest } = scheme
  return { id, archive, archiveDigest, dump, dumpDigest, ...Object.fromEntries(formats) }
}

/** The named schemes of actions and of the configuration. Reports duplicate names. */
export function namedSchemes(
  global: Scheme | undefined,
  actions: Iterable<Action>,
  use: Pick<Use['context'], 'report'>,
): ReadonlyMap<string, Scheme> {
  const named = new Map<string, Scheme>([[DEFAULT_SCHEME.id, DEFAULT_SCHEME]])
  if (global?.isNamed === true) named.set(global.id, global)
  // Errors in them are reported where they are used.
  const quiet = { ...use.report, error: () => undefined, warn: () => undefined }
  for (const action of actions) {
    const at = action.own.has('naming_scheme') ? action.attributes.get('naming_scheme') : undefined
    const scheme = at?.node.kind === 'map' ? compileScheme(at, '', quiet) : undefined
    if (!at || scheme?.isNamed !== true) continue
    const before = named.get(scheme.id)
    // One scheme in two places by an alias is the same scheme.
    if (before && before.places?.archive.node !== scheme.places?.archive.node)
      use.report.warn(
        memberOf(at, 'scheme_id') ?? at,
        `duplicate naming scheme id ${quoted(scheme.id)}`,
        'References to this id use the first scheme. Change this id.',
      )
    else named.set(scheme.id, scheme)
  }
  return named
}
