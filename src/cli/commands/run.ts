import { choosePartDry, chooseTask } from '../../app/choose-task.ts'
import type { Exit } from '../../app/host/exit-codes.ts'
import { loadText } from '../../app/host/load-plan.ts'
import { startRun } from '../../app/runs/start-run.ts'
import { planOf } from '../../config/load.ts'
import { counted } from '../../lib/format.ts'
import { printableShellWord } from '../../lib/shell-word.ts'
import type { Issue } from '../../plan/issue.ts'
import type { Plan } from '../../plan/plan.ts'
import { LEVEL } from '../../run/describe/describe-event.ts'
import { isPalhm } from '../args/dialects.ts'
import { durationOption, effectiveVerbosity, hasFlag, type Invocation, rootChoices } from '../args/options.ts'
import { type CliHost, withNotesFrom } from '../cli-host.ts'
import { watcherFor } from '../render/run-watchers.ts'

const STALL_LIMIT_MS = 6 * 3600_000

/** `run [TASK]`. */
export async function runCommandLine(invocation: Invocation, host: CliHost): Promise<Exit> {
  const began = host.clock()
  const limits = { stallMs: durationOption(invocation, 'stallLimit', STALL_LIMIT_MS), runMs: durationOption(invocation, 'runLimit', 0) }
  const json = hasFlag(invocation, 'json')
  const loaded = await loadText(invocation.global, host.env)
  if (loaded.logs !== undefined) {
    const { logUnusable } = await import('../../app/runs/log-unusable.ts')
    logUnusable(loaded, host)
  }
  const plan = planOf(loaded)
  const choose = () => (hasFlag(invocation, 'dry') ? choosePartDry(plan, invocation.args[0] ?? '') : chooseTask(plan, invocation.args[0]))
  if (hasFlag(invocation, 'sandbox')) {
    const { sandboxedCommand } = await import('../../app/runs/run-sandbox.ts')
    return { code: 1, replacedBy: await sandboxedCommand({ plan, task: choose(), words: wordsAgain(invocation) }, host) }
  }
  if (hasFlag(invocation, 'dryRun')) {
    const { dryRun } = await import('./dry-run.ts')
    return dryRun({ plan, task: choose(), json }, host)
  }

  const verbosity = effectiveVerbosity(invocation.global, plan.verbosity)
  const verbose = verbosity >= LEVEL.DEBUG
  if (loaded.issues.length > 0 && verbosity >= LEVEL.INFO) host.stderr.write(noteIssues(loaded.issues, checkOf(invocation, plan)))
  const output = json ? host.stderr : host.stdout
  return startRun(
    {
      ...{ plan, choose, began, verbose, ...limits, ...rootChoices(invocation) },
      strict: hasFlag(invocation, 'strict'),
      isClockConfirmed: hasFlag(invocation, 'yes'),
      stdout: json ? 'stderr' : 'stdout',
      view: watcherFor(host, { json, verbosity }),
      // Users of KristaBackup expect the lines of its log on stdout instead of Holdfast's output.
      ...(plan.dialect === 'krista' && verbose && !json && { showLine: (line: string) => host.stdout.write(line) }),
      showStdout: (text) => output.write(text),
    },
    withNotesFrom(host, verbosity),
  )
}

/** The command line of this process, without the option that starts the run in a sandbox. */
function wordsAgain({ global: { invokedAs } }: Invocation): readonly string[] {
  const given = process.argv.slice(2)
  const own = given.findIndex((word) => !/^--(?:inherited|invoked-as|ignored-signals)=/u.test(word))
  return [`--invoked-as=${invokedAs}`, ...given.slice(own).filter((word) => word !== '--sandbox')]
}

/** The command that prints the issues: PALHM's command line has none. */
function checkOf({ global: { invokedAs } }: Invocation, { file }: Pick<Plan, 'file'>): string {
  return isPalhm(invokedAs) ? `holdfast -f ${printableShellWord(file)} config check` : 'config check'
}

function noteIssues(issues: readonly Issue[], check: string): string {
  const errors = issues.filter(({ severity }) => severity === 'error').length
  const warnings = issues.length - errors
  const counts = [
    ...(errors > 0 ? [`${counted(errors, 'error')} in some of its parts`] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ]
  return `note: the configuration has ${counts.join(' and ')}: see "${check}"\n`
}
