import { isSound, type SetLocation, type SetVerification } from '../../app/sets/set-verification.ts'
import { isChecksumOnly } from '../../app/sets/verify-sets.ts'
import type { VerifyResult } from '../../backup/verify/verify-set.ts'
import type { AppError } from '../../lib/errors.ts'
import { counted, formatBytes, printable } from '../../lib/format.ts'
import { plainError } from '../../run/event-json.ts'
import type { CliHost } from '../cli-host.ts'
import { printFailure } from './print-failure.ts'

/** Prints the result of a verification of one set: good sets to stdout, anything else to stderr. */
export function printVerification(
  verification: SetVerification,
  { storage }: SetLocation,
  { quiet, host }: { readonly quiet: boolean; readonly host: CliHost },
): void {
  const { stdout, stderr } = host
  if ('error' in verification) printFailure(verification.error, host)
  else if (verification.problems.length > 0) stderr.write(renderProblems(verification, storage))
  else if (!quiet) stdout.write(`${storage}: ${verification.set}: ${describeGood(verification)}\n`)
  // Printed in any case: a check that did not look must not be treated as a good one.
  const place = `${storage}: ${verification.set}`
  if ('warnings' in verification) for (const text of verification.warnings ?? []) stderr.write(`warning: ${place}: ${printable(text)}\n`)
  if (!quiet && 'notes' in verification) for (const note of verification.notes ?? []) stderr.write(`note: ${place}: ${printable(note)}\n`)
}

function renderProblems({ set, problems }: VerifyResult, storage: string): string {
  return [`error: ${storage}: ${set}: ${counted(problems.length, 'problem')}`, ...problems.map(({ message }) => `    ${message}`), ''].join('\n')
}

const SHOWN_UNCHECKED = 3

function describeGood({ state, objects, bytes, sampled, unchecked = [], warnings = [] }: VerifyResult): string {
  const all = counted(objects, state === 'legacy' ? 'file' : 'object')
  const names = unchecked.slice(0, SHOWN_UNCHECKED).map((path) => `"${printable(path)}"`)
  const rest =
    unchecked.length > 0 ? `; contents of ${unchecked.length} not checked: ${names.join(', ')}${unchecked.length > names.length ? ', ...' : ''}` : ''
  const size = `${sampled === undefined ? all : `${sampled} of ${all} read`}, ${formatBytes(bytes)}${rest}`
  return state === 'legacy'
    ? `readable; cannot be compared without a manifest (${size})`
    : `${resultWord(warnings, unchecked.length === objects)} (${size})`
}

/** A set of which nothing was decrypted is not called good. */
function resultWord(warnings: readonly string[], isNoneChecked: boolean): string {
  if (!isChecksumOnly({ warnings })) return 'good'
  return isNoneChecked ? 'checksum only' : 'partly checksum only'
}

/** A line of JSON. */
export function renderVerificationJson(verification: SetVerification, { owned: { task, step }, storage }: SetLocation): string {
  const plain =
    'error' in verification ? { ...verification, error: plainError(verification.error) } : { ...verification, bytes: String(verification.bytes) }
  return `${JSON.stringify({ task, step: step.name, storage, good: isSound(verification), ...plain })}\n`
}

/** The line of JSON for a storage without sets. */
export function renderEmptyJson(error: AppError, { owned: { task, step }, storage }: SetLocation): string {
  return `${JSON.stringify({ task, step: step.name, storage, good: false, error: plainError(error) })}\n`
}
