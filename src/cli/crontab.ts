import { join } from 'node:path'
import { findConfig } from '../config/find-config.ts'
import { realPathOf } from '../files/real-path.ts'
import { AppError } from '../lib/errors.ts'
import type { Plan, Task } from '../plan/plan.ts'
import { renderEntry } from '../schedule/crontab-line.ts'
import { enabledAmong, withEntry, withoutEntries } from '../schedule/crontab-text.ts'
import { openHostCrontab } from '../schedule/host-crontab.ts'
import { chooseTask } from './choose-task.ts'
import { withCrontabLock } from './crontab-lock.ts'
import { type CrontabOutputs, crontabOutputs } from './crontab-outputs.ts'
import { type Exit, exitWith } from './exit.ts'
import { type Changed, withGeneralLog } from './general-log.ts'
import { fileExists, loadPlan } from './load-plan.ts'
import { ALLOW_UNSAFE, type GlobalOptions, hasFlag, type Invocation, UsageError } from './options.ts'
import { OWN_ROOT } from './own-root.ts'
import type { World } from './world.ts'

class CannotEnable extends AppError {
  readonly code = 'cli/cannot-enable'
}

/** `enable TASK|all`: one line of the crontab for each of these tasks, in place of those that it has. Nothing changes unless all can be enabled. */
export async function enableTasks(invocation: Invocation, world: World): Promise<Exit> {
  const plan = await loadPlan(invocation.global)
  return withGeneralLog({ plan, command: 'enable', isDry: hasFlag(invocation, 'dryRun') }, world, () => enableIn(plan, invocation, world))
}

async function enableIn(plan: Plan, invocation: Invocation, world: World): Promise<Changed> {
  const tasks = tasksNamed(plan, invocation)
  const outputs = await crontabOutputs(plan, world.uid === 0 && (plan.crontabUser ?? 'root') === 'root' && world.allowsUnsafe !== true)
  for (const text of outputs.notes) world.stderr.write(`note: ${text}\n`)
  const lines = await linesFor(plan, tasks, { global: invocation.global, files: outputs.files })
  await changeCrontab(plan, { invocation, world }, (text) =>
    lines.reduce((changed, { task, line }) => withEntry(changed, latin1(task), latin1(line)), text),
  )
  if (!invocation.global.quiet) for (const { line } of lines) world.stdout.write(`${line}\n`)
  const jittered = tasks.filter(({ schedule }) => schedule !== undefined && schedule.jitterMs > 0)
  for (const { name } of jittered) world.stderr.write(`note: jitter of task "${name}" is ignored: cron does not support it\n`)
  return { exit: exitWith('ok'), enabled: tasks.map(({ name }) => name), disabled: [] }
}

/** `disable TASK|all`: takes their lines out of the crontab. The task need not be in the configuration any more. */
export async function disableTasks(invocation: Invocation, world: World): Promise<Exit> {
  const plan = await loadPlan(invocation.global)
  return withGeneralLog({ plan, command: 'disable', isDry: hasFlag(invocation, 'dryRun') }, world, () => disableIn(plan, invocation, world))
}

async function disableIn(plan: Plan, invocation: Invocation, world: World): Promise<Changed> {
  const [unit] = invocation.args
  if (unit === undefined) throw noUnit()
  const names = unit === 'all' ? [...plan.tasks.keys()] : [unit]
  let found: ReadonlySet<string> = new Set()
  await changeCrontab(plan, { invocation, world }, (text) => {
    found = enabledAmong(text, names.map(latin1))
    return names.reduce((changed, name) => withoutEntries(changed, latin1(name)), text)
  })
  if (!invocation.global.quiet && found.size === 0) world.stdout.write('no line found\n')
  return { exit: exitWith('ok'), enabled: [], disabled: names.filter((name) => found.has(latin1(name))) }
}

function noUnit(): UsageError {
  return new UsageError('missing task', { hint: 'Specify a task, or "all".' })
}

function tasksNamed(plan: Plan, { args: [unit] }: Invocation): readonly Task[] {
  if (unit === undefined) throw noUnit()
  // A part has no times.
  const { parts: _, ...tasksOnly } = plan
  if (unit !== 'all') return [chooseTask(tasksOnly, unit)]
  return [...plan.tasks.values()]
    .filter(({ schedule }) => plan.dialect === 'krista' || schedule !== undefined)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

interface TaskLine {
  readonly task: string
  readonly line: string
}

interface LineOptions {
  readonly global: GlobalOptions
  readonly files: CrontabOutputs['files']
}

async function linesFor(plan: Plan, tasks: readonly Task[], { global, files }: LineOptions): Promise<readonly TaskLine[]> {
  const program = programFor(plan, global.invokedPath)
  const allowing = global.allowsUnsafe === true ? [ALLOW_UNSAFE] : []
  const file = (await findsByItself(program, plan.file)) ? [] : ['-f', plan.file]
  const lines: TaskLine[] = []
  const wrong: string[] = []
  for (const task of tasks) {
    try {
      lines.push(...linesOf(task, { files, start: [program, ...(plan.dialect === 'krista' ? [] : ['-q']), ...allowing, ...file, 'run'] }))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      wrong.push(`task "${task.name}": ${error.message}${error.hint === undefined ? '' : `. ${error.hint}`}`)
    }
  }
  if (wrong.length === 0) return lines
  throw new CannotEnable(wrong.join('\n'), { hint: 'The crontab was not changed.' })
}

/** Beside the link that it was called by, KristaBackup's name finds its configuration; beside the file itself perhaps not. */
function programFor({ dialect }: Plan, invokedPath: string | undefined): string {
  if (dialect !== 'krista') return join(OWN_ROOT, 'holdfast')
  return invokedPath !== undefined && /^\/.*\/krista[^/]*$/iu.test(invokedPath) ? invokedPath : join(OWN_ROOT, 'KristaBackup.py')
}

function linesOf(
  { name, schedule }: Task,
  { files, start }: Pick<LineOptions, 'files'> & { readonly start: readonly string[] },
): readonly TaskLine[] {
  if (schedule === undefined) throw new CannotEnable('the task has no "schedule"', { hint: 'Add one, as in "30 2 * * *".' })
  if (schedule.words.length !== 1)
    throw new CannotEnable('the task has several schedules, but a crontab line supports only one', {
      hint: 'Combine them into one, with lists in its fields.',
    })
  const line = renderEntry({
    task: name,
    times: schedule.words[0] ?? '',
    matchAllDays: schedule.matchAllDays ?? false,
    argv: [...start, name],
    ...files,
  })
  return [{ task: name, line }]
}

/** Whether the program, started without `-f`, comes to this configuration. */
async function findsByItself(program: string, file: string): Promise<boolean> {
  try {
    return (await realPathOf(await findConfig({ invokedAs: program, exists: fileExists, resolve: realPathOf }))) === (await realPathOf(file))
  } catch {
    return false
  }
}

interface Asked {
  readonly invocation: Invocation
  readonly world: World
}

async function changeCrontab(plan: Plan, { invocation, world }: Asked, change: (text: string) => string): Promise<void> {
  const table = await openHostCrontab(plan.crontabUser)
  await withCrontabLock(world, async () => {
    const before = await table.read()
    const after = change(before)
    if (after !== before && !hasFlag(invocation, 'dryRun')) await table.install(after)
  })
}

// Crontabs are handled as bytes: each byte a character.
function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
