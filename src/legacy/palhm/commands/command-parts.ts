import { keyPath, type Report, type SourceLocation } from '../../../document/issue-report.ts'
import { describeKind } from '../../../document/json/node.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { Visibility } from '../../../plan/command.ts'
import { acceptsNothing, parseAcceptedCodes } from '../values/accepted-codes.ts'
import { listOf, textOf, type Value } from '../values/value.ts'

/** Records errors that only matter when the program is started: in an unused definition, they have no effect. */
export type Flaw = (spot: SourceLocation, message: string, hint?: string) => undefined

/** The items of an `argv` list. Items that are not strings are errors, and "?" here. Items are never quoted: they may be passwords. */
export function readArgv(value: Value, report: Report, flaw: Flaw): readonly string[] | undefined {
  return listOf(value, report)?.map((item) => {
    if (item.node.kind !== 'string') flaw(item, `expected a string, found ${describeKind(item.node)}`, 'Put every argument in double quotes.')
    else if (item.node.value.includes('\0')) flaw(item, 'the argument contains a NUL character')
    else return item.node.value
    return '?'
  })
}

/** An `argv` that may be a single string, which is the name of the program. */
export function readProgram(value: Value, report: Report, flaw: Flaw): readonly string[] | undefined {
  if (value.node.kind !== 'string') return readArgv(value, report, flaw)
  const name = value.node.value
  if (/\s/u.test(name))
    report.warn(value, 'the whole string is used as the program name, including spaces', 'Write a list: the program, then each argument.')
  if (name.includes('\0')) return flaw(value, 'the argument contains a NUL character')
  return [name]
}

/** The values of an `env` mapping. Values are never quoted: they may be secrets. */
export function readEnv(value: Value, report: Report, flaw: Flaw): Readonly<Record<string, string>> | undefined {
  const { node } = value
  if (node.kind !== 'object') return report.error(value, `expected an object, found ${describeKind(node)}`, 'Write { "NAME": "value" }.')
  const values: [string, string][] = []
  for (const [name, { value: item }] of node.members) {
    const spot = { ...value, at: item.at, path: keyPath(value.path, name) }
    if (item.kind !== 'string') flaw(spot, `expected a string, found ${describeKind(item)}`, 'Put environment values in double quotes.')
    else if (item.value.includes('\0') || name.includes('\0')) flaw(spot, 'the environment contains a NUL character')
    else if (name.includes('=')) flaw(spot, 'the name of an environment variable contains "="')
    else values.push([name, item.value])
  }
  return Object.fromEntries(values)
}

export function readAcceptedCodes(value: Value | undefined, report: Report): { readonly min: number; readonly max: number } | undefined {
  if (!value) return { min: 0, max: 0 }
  const text = textOf(value, report)
  const accepted = text === undefined ? undefined : parseAcceptedCodes(text)
  if (text !== undefined && !accepted)
    report.error(value, `invalid exit codes ${quoted(text)}`, 'Write "0", "<2", ">=1", "==3" or an ascending range such as "0-1".')
  if (accepted && acceptsNothing(accepted)) report.warn(value, `${quoted(text ?? '')} matches no possible exit code, so the program always fails`)
  return accepted
}

/** The visibility of a stream by its number; `fallback` if the key is missing. */
export function readVisibility(
  value: Value | undefined,
  verbosity: number,
  { report, fallback }: { report: Report; fallback: Visibility },
): Visibility {
  if (!value) return fallback
  const { node } = value
  const number = node.kind === 'number' ? Number(node.text) : node.kind === 'boolean' ? Number(node.value) : Number.NaN
  if (Number.isNaN(number)) {
    report.error(value, `expected a number, found ${node.kind === 'number' ? 'NaN' : describeKind(node)}`)
    return fallback
  }
  return visibilityOf(number, verbosity)
}

/**
 * Whether a stream is shown at the configured verbosity. The numbers 0 to 9 are documented: shown from that verbosity on. Numbers from 10 on are the
 * raw levels that the ancestor's code compared: shown if the number is at most 50 - 10 x verbosity.
 */
function visibilityOf(number: number, verbosity: number): Visibility {
  const shown = number < 10 ? verbosity >= number : number <= 50 - 10 * verbosity
  return shown ? 'always' : 'never'
}

/** The defaults. */
export const DEFAULT_STDOUT: Visibility = 'always'
export const DEFAULT_STDERR: Visibility = 'verbose'
