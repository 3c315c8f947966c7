import type { z } from 'zod'
import type { Report } from '../../../document/issue-report.ts'
import { describeNode, follow, keyLocation, type LocatedNode, locationOf, type Path, plainValue, type YamlNode } from '../../../document/yaml/node.ts'
import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import { type Form, REFUSED } from '../form/form.ts'
import { zodOf } from '../form/zod-form.ts'
import { otherName } from './other-names.ts'

type FormIssue = z.core.$ZodIssue

// A configuration is checked once: compiling functions for its forms would take longer than the checks.
const ONCE = { jitless: true }

/**
 * Reports all errors of a value that is not of the form, at their locations. Returns the value without the invalid parts, if that is valid: then the errors of
 * later checks are reported, too. A plan is never made of it, because errors were reported.
 */
export function reportFaults<T>(placed: LocatedNode, form: Form<T>, report: Report): T | undefined {
  const parsed = zodOf(form).safeParse(plainValue(placed.node), ONCE)
  if (parsed.success) return parsed.data as T
  const issues = parsed.error.issues.flatMap((issue) => innermost(issue, [], placed))
  const strays = issues.flatMap(straysOf)
  // A missing key may be present under a misspelled name.
  const isEcho = (issue: FormIssue) => issue.code === 'custom' && strays.some((it) => samePath(it.path, issue.path))
  for (const issue of issues) if (issue.code !== 'unrecognized_keys' && !isEcho(issue)) reportFault(placed, issue, { report, strays })
  for (const stray of strays) if (!stray.isReported) reportStray(placed, stray, report)
  const rest = withoutFaults(plainValue(placed.node), issues)
  const found = rest === undefined ? REFUSED : form.read(rest)
  return found === REFUSED ? undefined : found
}

/** A copy of the value without unknown keys and invalid values. Undefined if an issue is not about such a part. */
function withoutFaults(value: unknown, issues: readonly FormIssue[]): unknown {
  const copy: unknown = structuredClone(value)
  for (const issue of issues) {
    const parts = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]
    for (const path of parts) if (!removeAt(copy, path)) return undefined
  }
  return copy
}

function removeAt(value: unknown, path: Path): boolean {
  const last = path.at(-1)
  if (last === undefined) return false
  const above = path.slice(0, -1).reduce<unknown>((at, key) => (isObject(at) ? at[String(key)] : undefined), value)
  // With an invalid item, the whole list is removed: the others would be at another place.
  if (Array.isArray(above)) return removeAt(value, path.slice(0, -1))
  // A part of what was removed before.
  if (!isObject(above)) return true
  return Object.hasOwn(above, last) && delete above[String(last)]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** For alternatives, the errors of the one that was probably meant. */
function innermost(issue: FormIssue, above: Path, placed: LocatedNode): readonly FormIssue[] {
  const path = [...above, ...issue.path]
  const { node } = follow(placed, path)
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const meant = issue.errors.filter((faults) => !faults.some((it) => it.path.length === 0 && isOtherKind(it, node)))
    const [first] = meant
    if (first) return first.flatMap((it) => innermost(it, path, placed))
  }
  return [{ ...issue, path: [...path] }]
}

function isOtherKind(issue: FormIssue, node: YamlNode): boolean {
  if (issue.code === 'invalid_value') return node.kind !== 'scalar' || !issue.values.some((it) => typeof it === typeof node.value)
  return issue.code === 'invalid_type'
}

interface Stray {
  readonly path: Path
  readonly key: string
  readonly known: readonly string[]
  isReported: boolean
}

function straysOf(issue: FormIssue): readonly Stray[] {
  if (issue.code !== 'unrecognized_keys') return []
  return issue.keys.map((key) => ({ path: issue.path, key, known: issue.message.split(' '), isReported: false }))
}

function reportFault(
  placed: LocatedNode,
  issue: FormIssue,
  { report, strays }: { readonly report: Report; readonly strays: readonly Stray[] },
): void {
  const found = follow(placed, issue.path)
  const key = issue.path.at(-1)
  const isMissing = !found.isThere || (issue.code === 'invalid_union' && issue.message.startsWith('missing required key'))
  if (isMissing && typeof key === 'string') {
    const above = follow(placed, issue.path.slice(0, -1))
    // Both in one message, because they have the same cause.
    const misspelt = strays.find((it) => samePath(it.path, issue.path.slice(0, -1)) && (nearest(it.key, [key]) ?? otherName(it.key, [key])) === key)
    if (misspelt) {
      misspelt.isReported = true
      report.error(
        keyLocation(above, misspelt.key),
        `missing required key ${quoted(key)}; ${quoted(misspelt.key)} is unknown`,
        `Rename it to ${quoted(key)}.`,
      )
    } else report.error(locationOf(above), `missing required key ${quoted(key)}`)
    return
  }
  const [message = '', hint] = wordsOf(issue, found).split('\n')
  const isName = issue.code === 'invalid_key'
  report.error(isName ? keyLocation(follow(placed, issue.path.slice(0, -1)), String(key)) : locationOf(found), message, hint)
}

function reportStray(placed: LocatedNode, { path, key, known }: Stray, report: Report): void {
  const above = follow(placed, path)
  const absent = known.filter((it) => above.node.kind !== 'map' || !above.node.members.has(it))
  const near = otherName(key, absent) ?? nearest(key, absent)
  report.error(
    keyLocation(above, key),
    `unknown key ${quoted(key)}`,
    didYouMean(near) ?? (known[0] === '' ? undefined : `Valid keys: ${known.join(', ')}.`),
  )
}

// Holdfast's messages start in lower case, those of the library do not.
const OURS = /^[^A-Z]/u

function wordsOf(issue: FormIssue, found: LocatedNode): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? 'invalid name'
  if (issue.code === 'invalid_union' && OURS.test(issue.message) && issue.errors.length > 0)
    return `expected ${issue.message}, found ${describeNode(found.node)}`
  if (OURS.test(issue.message)) return issue.message
  if (issue.code === 'invalid_value') return `invalid value; expected one of ${issue.values.map((it) => quoted(String(it))).join(', ')}`
  if (issue.code === 'invalid_type' && issue.expected === 'int' && found.node.kind === 'scalar' && typeof found.node.value === 'number')
    return `expected a whole number, found ${found.node.value}`
  if (issue.code === 'invalid_type')
    return `expected ${EXPECTED.get(issue.expected) ?? 'another type'}, found ${describeNode(found.node)}${quotesHint(issue.expected, found)}`
  return 'invalid value'
}

const EXPECTED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    string: 'a string',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
    record: 'a mapping',
  }),
)

function quotesHint(expected: string, { node }: LocatedNode): string {
  if (node.kind !== 'scalar')
    return expected === 'array' && node.kind === 'map' ? '\nStart each item of a list with a dash, or use square brackets.' : ''
  if (expected === 'string' && node.value !== null) return '\nPut the value in quotes.'
  if (expected === 'array') return '\nPut the value in square brackets.'
  if (expected === 'boolean') return '\nWrite true or false, without quotes.'
  if ((expected === 'number' || expected === 'int') && typeof node.value === 'string' && /^\d+$/u.test(node.value)) return '\nRemove the quotes.'
  return ''
}

function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((it, index) => it === b[index])
}
