import type { Diagnosis } from '../../../app/doctor/diagnosis.ts'
import { examineHost } from '../../../app/doctor/examine.ts'
import { type Exit, exitOf, exitWith } from '../../../app/host/exit-codes.ts'
import { counted, printable } from '../../../lib/format.ts'
import { hasFlag, type Invocation } from '../../args/options.ts'
import type { CliHost } from '../../cli-host.ts'
import { paintFor } from '../../terminal/paint.ts'

/** `doctor`: one line per fact, with what to do below it; exits with 1 if there is an error. */
export async function doctorCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  host.signals.arm()
  const { stdout, env } = host
  const counts = { ok: 0, warning: 0, error: 0 }
  const paint = paintFor(stdout, env)
  const isJson = hasFlag(invocation, 'json')
  for await (const it of examineHost(invocation.global, host)) {
    if (host.signals.stop.aborted) break
    counts[it.state] += 1
    if (isJson) stdout.write(`${JSON.stringify(it)}\n`)
    else if (it.state === 'error' || !invocation.global.quiet) stdout.write(lines(it, paint))
  }
  const summary = `${counted(counts.error, 'error')}, ${counted(counts.warning, 'warning')}`
  if (!isJson && !invocation.global.quiet) stdout.write(`${summary}\n`)
  // A mount that is down may still be waited for by the system.
  if (counts.error === 0 && counts.warning > 0 && hasFlag(invocation, 'strict')) return { ...exitWith('warnings'), isUrgent: true }
  return { ...exitOf(counts.error === 0, host.signals), isUrgent: true }
}

const WIDTH = 'configuration'.length

function lines({ area, state, message, hint }: Diagnosis, paint: ReturnType<typeof paintFor>): string {
  const mark = state.padEnd('warning'.length)
  const painted = state === 'error' ? paint.error(mark) : state === 'warning' ? paint.notice(mark) : mark
  const first = `${area.padEnd(WIDTH)}  ${painted}  ${printable(message)}\n`
  return hint === undefined ? first : `${first}${' '.repeat(WIDTH + 'warning'.length + 4)}${printable(hint)}\n`
}
