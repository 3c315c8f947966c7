import type { PluginCheck } from '../../plan/check.ts'
import { commandName } from '../../plan/command.ts'
import type { CheckContext } from '../check-deps.ts'
import type { CheckFact, CheckResult, CheckStatus } from '../check-result.ts'
import { type ProgramAnswer, queryProgram } from '../query-program.ts'
import { parsePerfdata } from './perfdata.ts'

const STATUSES: readonly CheckStatus[] = ['ok', 'warn', 'fail', 'unknown']

/** Runs a plugin: its exit code is the status, its first line the reason, its performance data the facts. */
export async function checkByPlugin({ command }: PluginCheck, context: CheckContext): Promise<CheckResult> {
  const { stdout, ...answer } = await queryProgram(command, context)
  return pluginResult(commandName(command), { ...answer, stdout: context.processes.redactor.hideCut(stdout) })
}

/**
 * The result for the end of a plugin (Monitoring Plugins Development Guidelines, "Plugin Output" and "Plugin Return Codes"). Exit codes other than 0
 * to 3 are unknown.
 */
function pluginResult(program: string, { exitCode, stdout, stderr }: ProgramAnswer): CheckResult {
  const { text, facts } = readOutput(stdout)
  const output = text !== '' ? text : (stderr.trim().split('\n').at(-1) ?? '')
  const status = STATUSES[exitCode]
  if (status === undefined) {
    const reason = `"${program}" ended with exit code ${exitCode}, which is invalid for a plugin${output === '' ? '' : `: ${output}`}`
    return { status: 'unknown', reason, hint: `Run "${program}" manually. A plugin must exit with 0 to 3.`, facts: [] }
  }
  const reason = output === '' ? `"${program}" printed nothing` : output
  return { status, reason, ...(status !== 'ok' && { hint: `See the documentation of "${program}".` }), facts }
}

/** `TEXT|PERFDATA`, then lines of long text, which may end with `|` and lines of more performance data. */
function readOutput(stdout: string): { readonly text: string; readonly facts: readonly CheckFact[] } {
  const [first = '', ...rest] = stdout.split(/\r?\n/u)
  const [text = '', ...data] = first.split('|')
  const [, ...more] = rest.join('\n').split('|')
  return { text: text.trim(), facts: parsePerfdata([...data, ...more].join(' ')) }
}
