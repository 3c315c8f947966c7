import { type Exit, exitOf, exitWith } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { isSound, type SetLocation, type Verdict } from '../../app/sets/verdict.ts'
import { isChecksumOnly, verifySets } from '../../app/sets/verify-sets.ts'
import type { VerifyResult } from '../../backup/verify/verify-set.ts'
import type { AppError } from '../../lib/errors.ts'
import { counted, formatBytes, printable } from '../../lib/format.ts'
import { plainError } from '../../run/event-json.ts'
import { effectiveVerbosity, hasFlag, type Invocation, rootChoices } from '../args/options.ts'
import { keyFiles, percentOption, rateOption, storageOption } from '../args/read-options.ts'
import type { CliHost } from '../cli-host.ts'
import { printFailure } from '../render/print-failure.ts'
import { openReadView } from '../terminal/read-view.ts'

/**
 * `verify [TASK] [SET|latest|all]`. Exits with 1 if there is a problem, or a storage has no sets, and with 3 if contents should have been read and their
 * key is missing.
 */
export async function verifyCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const plan = await loadPlan(invocation.global, host.env)
  const [task, set = 'latest'] = invocation.args
  const reading = {
    percent: percentOption(invocation),
    rate: rateOption(invocation),
    isDeep: hasFlag(invocation, 'deep'),
    keyFiles: keyFiles(invocation),
  }
  const json = hasFlag(invocation, 'json')
  const view = openReadView(host, { verbosity: effectiveVerbosity(invocation.global), json })
  let hasWarnings = false
  let isInconclusive = false
  const observer = {
    onBegin: (name: string, storage: string) => view.begin(`verify ${name} on ${storage}`),
    onProgress: view.onProgress,
    onVerdict(verdict: Verdict, place: SetLocation) {
      view.end()
      if ('warnings' in verdict) hasWarnings = true
      if (!('error' in verdict) && isChecksumOnly(verdict)) isInconclusive = true
      if (json) host.stdout.write(renderJson(verdict, place))
      else print(verdict, place, { quiet: invocation.global.quiet, host })
    },
    onEmpty(error: AppError, place: SetLocation) {
      view.close()
      if (json) host.stdout.write(renderJsonEmpty(error, place))
      else printFailure(error, host)
    },
  }
  try {
    const request = { plan, task, set, storage: storageOption(invocation), reading, ...rootChoices(invocation) }
    const exit = exitOf(await verifySets(request, observer, host), host.signals)
    const isDoubtful = isInconclusive || (hasWarnings && hasFlag(invocation, 'strict'))
    return exit.code === 0 && isDoubtful ? exitWith('warnings') : exit
  } finally {
    view.close()
  }
}

function print(verdict: Verdict, { storage }: SetLocation, { quiet, host }: { readonly quiet: boolean; readonly host: CliHost }): void {
  const { stdout, stderr } = host
  if ('error' in verdict) printFailure(verdict.error, host)
  else if (verdict.problems.length > 0) stderr.write(renderProblems(verdict, storage))
  else if (!quiet) stdout.write(`${storage}: ${verdict.set}: ${describeGood(verdict)}\n`)
  // Printed in any case: a check that did not look must not be treated as a good one.
  if ('warnings' in verdict) for (const text of verdict.warnings ?? []) stderr.write(`warning: ${printable(text)}\n`)
  if (!quiet && 'notes' in verdict) for (const note of verdict.notes ?? []) stderr.write(`note: ${printable(note)}\n`)
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
    : `${verdictWord(warnings, unchecked.length === objects)} (${size})`
}

/** A set of which nothing was decrypted is not called good. */
function verdictWord(warnings: readonly string[], isNoneChecked: boolean): string {
  if (!isChecksumOnly({ warnings })) return 'good'
  return isNoneChecked ? 'checksum only' : 'partly checksum only'
}

function renderJson(verdict: Verdict, { owned: { task, step }, storage }: SetLocation): string {
  const plain = 'error' in verdict ? { ...verdict, error: plainError(verdict.error) } : { ...verdict, bytes: String(verdict.bytes) }
  return `${JSON.stringify({ task, step: step.name, storage, good: isSound(verdict), ...plain })}\n`
}

function renderJsonEmpty(error: AppError, { owned: { task, step }, storage }: SetLocation): string {
  return `${JSON.stringify({ task, step: step.name, storage, good: false, error: plainError(error) })}\n`
}
