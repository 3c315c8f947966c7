import { type Exit, exitOf, exitWith } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import type { SetLocation, SetVerification } from '../../app/sets/set-verification.ts'
import { isChecksumOnly, verifySets } from '../../app/sets/verify-sets.ts'
import type { AppError } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import { effectiveVerbosity, hasFlag, type Invocation, rootChoices } from '../args/options.ts'
import { keyFiles, percentOption, rateOption, storageOption } from '../args/read-options.ts'
import type { CliHost } from '../cli-host.ts'
import { printFailure } from '../render/print-failure.ts'
import { printVerification, renderEmptyJson, renderVerificationJson } from '../render/print-verification.ts'
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
    onVerified(verification: SetVerification, place: SetLocation) {
      view.end()
      if ('warnings' in verification) hasWarnings = true
      if (!('error' in verification) && isChecksumOnly(verification)) isInconclusive = true
      if (json) host.stdout.write(renderVerificationJson(verification, place))
      else printVerification(verification, place, { quiet: invocation.global.quiet, host })
    },
    onRemoved(name: string, storage: string) {
      view.end()
      host.note(`set "${printable(name)}" on ${storage} was removed before it was verified`)
    },
    onEmpty(error: AppError, place: SetLocation) {
      view.close()
      if (json) host.stdout.write(renderEmptyJson(error, place))
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
