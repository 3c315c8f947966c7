import { printable } from '../../../lib/format.ts'
import type { Plan, Task } from '../../../plan/plan.ts'
import { isCrontabTimes } from '../../../plan/times/times.ts'
import type { NewValue } from '../convert-command.ts'
import { openRemarks, type Remarks } from '../remarks.ts'
import { renderYaml } from '../render-yaml.ts'
import { convertKristaStep, type StepDeps } from './convert-krista-step.ts'
import { convertKristaWeb } from './convert-krista-web.ts'
import { type NewFileSets, openFileSets } from './new-file-sets.ts'

/**
 * A native configuration equivalent to KristaBackup's: its tasks, and each action as a task of its own. Differences are listed in comments at its
 * beginning. It contains passwords, like the original configuration.
 */
export function renderKristaAsNative(plan: Plan): string {
  const remarks = openRemarks()
  const sets = openFileSets(remarks)
  nameMakersFirst(plan, sets)
  const tasks = new Map<string, NewValue>()
  for (const task of plan.tasks.values()) tasks.set(task.name, convertTask(task, { sets, remarks }))
  for (const [name, task] of plan.parts ?? []) {
    if (tasks.has(name)) remarks.add(`The action "${name}" has the same name as a task and can no longer be run on its own.`)
    else tasks.set(name, convertTask(task, { sets, remarks }))
  }
  remarkOnTheRest(plan, remarks)
  const content = new Map<string, NewValue>([
    ['version', 1],
    ...(plan.verbosity === 3 ? [] : [['verbosity', plan.verbosity] as const]),
    ...(plan.runLogs ? [['logs', logsOf(plan.runLogs, remarks)] as const] : []),
    ...(plan.web ? [['web', convertKristaWeb(plan.web)] as const] : []),
    ...(sets.byName.size > 0 ? [['file-sets', sets.byName] as const] : []),
    ['tasks', tasks],
  ])
  return renderYaml(content, [`Converted from ${JSON.stringify(plan.file)}.`, ...HEAD, ...remarks.all().map((it) => `NOTE: ${it}`)])
}

/** File sets are named after the steps that make them, not after those that remove them. */
function nameMakersFirst({ tasks, parts = new Map<string, Task>() }: Plan, sets: NewFileSets): void {
  const steps = [...tasks.values(), ...parts.values()].flatMap((task) => task.steps)
  for (const step of steps)
    if (step.kind === 'archive' || step.kind === 'dump') sets.nameOf(step.files, step.name ?? step.files.basename, step.workingFolder)
}

const HEAD = [
  'Unchanged: file names, folders, limits, schedules, logs and the trigger file. Each action is also a task of its own.',
  'Changed: unknown keys are errors; paths are absolute, also in new lists; programs inherit only PATH, HOME, LANG and TZ, not the whole environment.',
]

function convertTask({ name, steps, description, schedule, logTag }: Task, deps: StepDeps): NewValue {
  const { remarks } = deps
  if (logTag !== undefined) remarks.add(`The log tag "${logTag}" of "${name}" was omitted: all tasks have the same log tag.`)
  if (schedule?.matchAllDays)
    remarks.add(`"all_fields_match" of the task "${name}" is not supported: with cron, a match of one of the two day fields is enough.`)
  const words = (schedule?.words ?? []).filter(isCrontabTimes)
  for (const word of schedule?.words ?? []) if (!words.includes(word)) remarks.add(`Invalid time "${word}" of the task "${name}" was omitted.`)
  const made = steps.map((step) => convertKristaStep(step, deps)).filter((it) => it !== undefined)
  return new Map<string, NewValue>([
    ...(description === undefined ? [] : [['description', description] as const]),
    ...(words.length > 0 ? [['schedule', words] as const] : []),
    ['steps', made],
  ])
}

function logsOf({ folder, tag, triggerFile, strict, language, keep, onConsole }: NonNullable<Plan['runLogs']>, remarks: Remarks): NewValue {
  if (!folder.startsWith('/') || (triggerFile !== undefined && !triggerFile.startsWith('/')))
    remarks.add('The paths of the logs and the trigger file were relative to the folder of the configuration; they now start at "/": correct them.')
  if (onConsole) remarks.add('"use_console" is not supported: call "run" with -v.')
  const absolute = (path: string) => (path.startsWith('/') ? path : `/${path}`)
  return new Map<string, NewValue>([
    ['folder', absolute(folder)],
    ...(tag === '' ? [] : [['tag', tag.replaceAll(/[\s/\p{Cc}]/gu, '_')] as const]),
    ...(language === undefined ? [] : [['language', language] as const]),
    ...(triggerFile === undefined
      ? []
      : [
          [
            'trigger',
            new Map<string, NewValue>([['file', absolute(triggerFile)], ...(strict === false ? [['strict', false] as const] : [])]),
          ] as const,
        ]),
    ...(keep?.days === undefined ? [] : [['keep-time', `${keep.days}d`] as const]),
    ...(keep?.bytes === undefined ? [] : [['keep-size', keep.bytes] as const]),
  ])
}

function remarkOnTheRest({ oneRunAtATime, crontabUser, runLogs }: Plan, remarks: Remarks): void {
  if (oneRunAtATime) remarks.add('"allow_parallel: false" is not supported: different tasks can run at the same time.')
  if (crontabUser !== undefined)
    remarks.add(`The tasks were in the crontab of "${printable(crontabUser)}": call "enable" and "disable" as that user.`)
  if (runLogs?.stderrIsError) remarks.add('The stderr output of a successful program is no longer logged as an error.')
}
