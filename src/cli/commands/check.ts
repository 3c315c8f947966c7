import { statusOf, unknownAnswer } from '../../app/checks/answer.ts'
import { answerChecks } from '../../app/checks/answer-checks.ts'
import { CHECK_EXIT_CODES, type Exit } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { durationOption, hasFlag, type Invocation } from '../args/options.ts'
import { refuseUntrustedOptions } from '../args/refuse-untrusted.ts'
import type { CliHost } from '../cli-host.ts'
import { renderAnswers, renderJsonAnswers } from '../render/print-check.ts'

const TIMEOUT_MS = 10_000
// Reserve between the answers and the end of the process.
const RESERVE_MS = 250

/** `check [NAME…]`: a Nagios plugin (Monitoring Plugins Development Guidelines): one line and an exit code from 0 to 3, in time even if something hangs. */
export async function checkCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  host.signals.arm()
  const answers = await answersTo(invocation, host)
  host.stdout.write(hasFlag(invocation, 'json') ? renderJsonAnswers(answers) : renderAnswers(answers, { isVerbose: invocation.global.verbose > 0 }))
  const signal = host.signals.stoppedBy()
  return { code: CHECK_EXIT_CODES[statusOf(answers)][0], isUrgent: true, ...(signal !== undefined && { signal }) }
}

async function answersTo(invocation: Invocation, host: CliHost) {
  try {
    const timeoutMs = Math.max(1000, durationOption(invocation, 'timeout', TIMEOUT_MS))
    const load = async () => {
      await refuseUntrustedOptions(invocation.global, host)
      return loadPlan(invocation.global, host.env)
    }
    // The clock of the process starts with the process, when the timeout of the monitoring system starts, too.
    return await answerChecks({ loadPlan: load, names: invocation.args, leftMs: () => timeoutMs - RESERVE_MS - performance.now() }, host)
  } catch (error) {
    return [unknownAnswer(error)]
  }
}
