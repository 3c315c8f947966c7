import { KRISTA_PROGRAM, PROGRAM } from '../../lib/assets.ts'
import { AppError } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { withEntry, withoutEntries } from '../../schedule/crontab-text.ts'
import { openHostCrontab } from '../../schedule/host-crontab.ts'
import { neverOccurs } from '../../schedule/never-occurs.ts'
import { renderEntry } from '../../schedule/render-crontab-line.ts'
import { chooseTask } from '../choose-task.ts'
import type { Host } from '../host/host.ts'
import type { ConfigChoice } from '../host/load-plan.ts'
import { stateFolder } from '../host/state-folder.ts'
import { ALLOW_UNSAFE } from '../host/trusted-reader.ts'
import { withLock } from '../host/with-lock.ts'
import { UsageError } from '../usage-error.ts'
import { CannotEnable } from './cannot-enable.ts'
import { type CrontabOutputs, crontabOutputs, logChange } from './crontab-outputs.ts'
import { nodeFolder } from './node-folder.ts'
import { findsByItself, latin1, ownLines } from './own-lines.ts'

/** The tasks to add to the crontab or to remove from it. */
export interface CrontabRequest {
  readonly plan: Plan
  /** A task, or `all`. Absent: a usage error. */
  readonly unit: string | undefined
  /** The crontab is not changed. */
  readonly isDry: boolean
  /** The selected configuration: the lines contain it if the program would not find it. */
  readonly choice: ConfigChoice
}

/** Adds one crontab line for each of these tasks, replacing their existing lines. Nothing is changed unless all can be enabled. */
export async function enableTasks(request: CrontabRequest, host: Host): Promise<readonly TaskLine[]> {
  return logChange({ ...request, command: 'enable' }, host, async () => {
    const { plan, choice } = request
    const tasks = tasksNamed(request)
    const outputs = await crontabOutputs(plan, host.uid === 0 && (plan.crontabUser ?? 'root') === 'root' && host.allowsUnsafe !== true)
    for (const text of outputs.notes) host.note(text)
    const lines = await linesFor(plan, tasks, { choice, files: outputs.files, host })
    await changeCrontab(request, host, async (text) => {
      let changed = text
      for (const { task, line } of lines) changed = withEntry(changed, latin1(line), await ownLines(changed, task, { plan, note: host.note }))
      return changed
    })
    const jittered = tasks.filter(({ schedule }) => schedule !== undefined && schedule.jitterMs > 0)
    for (const { name, schedule } of tasks)
      if (schedule?.catchUp === true) host.note(`catch-up of task "${name}" is ignored: cron does not support it`)
    noteNever(tasks, host)
    for (const { name } of jittered) host.note(`jitter of task "${name}" is ignored: cron does not support it`)
    return { value: lines, enabled: tasks.map(({ name }) => name), disabled: [] }
  })
}

/** Notes the tasks that will never run, although they are enabled. */
export function noteNever(tasks: readonly Task[], { clock, note }: Pick<Host, 'clock' | 'note'>): void {
  for (const { name, schedule } of tasks)
    if (schedule !== undefined && neverOccurs(schedule, clock()))
      note(`the task "${name}" will never run: its schedule ${schedule.words.map((it) => `"${printable(it)}"`).join(', ')} never occurs`)
}

/** Removes the lines of tasks from the crontab. The tasks need not be in the configuration. Resolves with those that had a line. */
export async function disableTasks(request: CrontabRequest, host: Host): Promise<readonly string[]> {
  return logChange({ ...request, command: 'disable' }, host, async () => {
    const { plan, unit } = request
    if (unit === undefined) throw noUnit()
    const names = unit === 'all' ? [...plan.tasks.keys()] : [unit]
    const disabled: string[] = []
    await changeCrontab(request, host, async (text) => {
      let changed = text
      for (const name of names) {
        const own = await ownLines(changed, name, { plan, note: host.note })
        if (own.size > 0) disabled.push(name)
        changed = withoutEntries(changed, own)
      }
      return changed
    })
    return { value: disabled, enabled: [], disabled }
  })
}

function noUnit(): UsageError {
  return new UsageError('missing task', { hint: 'Specify a task, or "all".' })
}

/** The tasks that a request means. Throws `UsageError` without one, or for an unknown one. */
export function tasksNamed({ plan, unit }: CrontabRequest): readonly Task[] {
  if (unit === undefined) throw noUnit()
  // A part has no schedule.
  const { parts: _, ...tasksOnly } = plan
  if (unit !== 'all') return [chooseTask(tasksOnly, unit)]
  return [...plan.tasks.values()]
    .filter(({ schedule }) => plan.dialect === 'krista' || schedule !== undefined)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The crontab line that runs a task. */
export interface TaskLine {
  readonly task: string
  readonly line: string
}

interface LineOptions {
  readonly choice: ConfigChoice
  readonly files: CrontabOutputs['files']
  readonly host: Pick<Host, 'env' | 'uid'>
}

/** The crontab lines that start the tasks. Rejects with the reasons of all that cannot be in a crontab. */
export async function linesFor(plan: Plan, tasks: readonly Task[], { choice, files, host }: LineOptions): Promise<readonly TaskLine[]> {
  const program = programFor(plan, choice.invokedPath)
  const allowing = choice.allowsUnsafe === true ? [ALLOW_UNSAFE] : []
  // The lines of KristaBackup have a fixed form.
  const before = plan.dialect === 'krista' ? [] : await variablePrefix(host)
  const file = (await findsByItself(program, plan.file)) ? [] : ['-f', plan.file]
  const lines: TaskLine[] = []
  const wrong: string[] = []
  for (const task of tasks) {
    try {
      lines.push(
        ...linesOf(task, {
          files,
          start: [...before, program, ...(plan.dialect === 'krista' ? [] : ['-q']), ...allowing, ...file, 'run'],
        }),
      )
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      wrong.push(`task "${task.name}": ${error.message}${error.hint === undefined ? '' : `. ${error.hint}`}`)
    }
  }
  if (wrong.length === 0) return lines
  throw new CannotEnable(wrong.join('\n'), { hint: 'The crontab was not changed.' })
}

/** What cron does not pass: the state folder, if the run would use another one, and where Node.js is, if it would not be found. */
async function variablePrefix({ env, uid }: LineOptions['host']): Promise<readonly string[]> {
  const folder = stateFolder(env, uid)
  const { HOLDFAST_STATE: _, XDG_STATE_HOME: __, ...ofCron } = env
  const node = await nodeFolder({ env })
  const values = [
    ...(node === undefined ? [] : [`PATH=${node}:/usr/bin:/bin`]),
    ...(folder === stateFolder(ofCron, uid) ? [] : [`HOLDFAST_STATE=${folder}`]),
  ]
  return values.length === 0 ? [] : ['/usr/bin/env', ...values]
}

/** KristaBackup's name finds its configuration beside the link by which it was called, but not necessarily beside the file itself. */
function programFor({ dialect }: Plan, invokedPath: string | undefined): string {
  if (dialect !== 'krista') return PROGRAM
  return invokedPath !== undefined && /^\/.*\/krista[^/]*$/iu.test(invokedPath) ? invokedPath : KRISTA_PROGRAM
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

async function changeCrontab({ plan, isDry }: CrontabRequest, host: Host, change: (text: string) => Promise<string>): Promise<void> {
  const table = host.crontab ?? (await openHostCrontab(plan.crontabUser))
  // crontab(1) has no lock: concurrent changes would overwrite each other.
  await withLock('crontab', host, async () => {
    const before = await table.read()
    const after = await change(before)
    if (after !== before && !isDry) await table.install(after)
  })
}
