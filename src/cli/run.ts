import { planOf } from '../config/load.ts'
import { JOURNAL_LIMITS } from '../journal/prune.ts'
import { counted } from '../lib/format.ts'
import { runTask } from '../run/run-task.ts'
import { chooseTask } from './choose-task.ts'
import { dryRun } from './dry-run.ts'
import { type Exit, exitOfRun } from './exit.ts'
import { openHostJournal, originOf } from './host-journal.ts'
import { loadText } from './load-plan.ts'
import { durationOption, effectiveVerbosity, hasFlag, type Invocation } from './options.ts'
import { LEVEL } from './print-event.ts'
import { watcherFor } from './run-watchers.ts'
import { tellFailure } from './tell-failure.ts'
import { wireRun } from './wire.ts'
import type { World } from './world.ts'

const STALL_LIMIT_MS = 6 * 3600_000

/** `run [TASK]`: every module that a run can come to is loaded with this one, so that an upgrade in the middle changes nothing. */
export async function runCommandLine(invocation: Invocation, world: World): Promise<Exit> {
  const limits = { stallMs: durationOption(invocation, 'stallLimit', STALL_LIMIT_MS), runMs: durationOption(invocation, 'runLimit', 0) }
  const json = hasFlag(invocation, 'json')
  const loaded = await loadText(invocation.global)
  const plan = planOf(loaded)
  const task = chooseTask(plan, invocation.args[0])
  if (hasFlag(invocation, 'dryRun')) return dryRun({ plan, task, json }, world)

  const verbosity = effectiveVerbosity(invocation.global, plan.verbosity)
  if (loaded.issues.length > 0 && verbosity >= LEVEL.INFO) world.stderr.write(noteWarnings(loaded.issues.length))
  const strict = hasFlag(invocation, 'strict')
  const journal = openHostJournal(world, verbosity)
  const record = await journal.watch(originOf(plan, world, strict))
  const watcher = watcherFor(world, { json, verbosity })
  const deps = wireRun(plan, world, {
    ...limits,
    acceptRoot: hasFlag(invocation, 'acceptRoot'),
    verbose: verbosity >= LEVEL.DEBUG,
    stdout: json ? 'stderr' : 'stdout',
    ...(watcher.progressMs !== undefined && { progressMs: watcher.progressMs }),
    emit: (event) => {
      watcher.watch(event)
      if (event.kind !== 'object-progress') record(event)
    },
  })
  world.signals.arm()
  try {
    const result = await runTask(task, deps)
    watcher.close()
    if (result.error !== undefined) tellFailure(result.error, world, result.failedAt)
    return exitOfRun(result, strict)
  } finally {
    await deps.close()
    await journal.prune(JOURNAL_LIMITS)
    await journal.close()
  }
}

function noteWarnings(count: number): string {
  return `note: the configuration has ${counted(count, 'warning')}: see "config check"\n`
}
