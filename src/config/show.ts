import { formatDuration } from '../lib/format.ts'
import { type Command, describeAccepted, describeCommand } from '../plan/command.ts'
import { describeStep } from '../plan/describe-step.ts'
import type { BackupStep, BootReportSpec, KeepPolicy, ObjectSpec, Plan, ScheduleSpec, Step, StorageSpec, Task } from '../plan/plan.ts'

/** A line, or lines that belong below the one before them. */
type Lines = readonly (string | Lines)[]

/** What `config show` prints: everything that the plan says, always in the same order. Of environments only the names. */
export function renderPlan(plan: Plan): string {
  const [main, ...included] = plan.files
  return render([
    `configuration: ${main ?? plan.file}`,
    ...included.map((file) => `included: ${file}`),
    `workers: ${plan.workers}`,
    `verbosity: ${plan.verbosity}`,
    `modules: ${listed(plan.modules)}`,
    `storages that can be used: ${listed(['null', 'localfs', ...(plan.modules.includes('aws') ? ['s3'] : [])])}`,
    `ways to send a report: ${listed(['stdout', 'mailx', ...(plan.modules.includes('aws') ? ['aws-sns'] : [])])}`,
    'commands:',
    section([...plan.commands].map(([id, command]) => `${id}: ${commandLine(command)}`)),
    'tasks:',
    section([...plan.tasks.values()].flatMap((task) => taskLines(task, task.name === plan.defaultTask))),
    'boot report:',
    section(plan.bootReport ? bootReportLines(plan.bootReport) : []),
  ])
}

function taskLines({ name, steps, description, schedule, timeoutMs, workers }: Task, isDefault: boolean): Lines {
  const about = [
    ...(description === undefined ? [] : [`description: ${description}`]),
    ...(schedule ? [`schedule: ${schedule.words.join('; ')}${scheduleWords(schedule)}`] : []),
    ...(timeoutMs === undefined ? [] : [`ends after: ${formatDuration(timeoutMs)}`]),
    ...(workers === undefined ? [] : [`workers: ${workers}`]),
  ]
  return [`${name === '' ? '""' : name}:${isDefault ? ' (the default)' : ''}`, [...about, ...section(steps.flatMap(stepLines))]]
}

function scheduleWords({ jitterMs, catchUp }: ScheduleSpec): string {
  return `${jitterMs > 0 ? `, up to ${formatDuration(jitterMs)} later` : ''}${catchUp ? ', made up for when missed' : ''}`
}

function stepLines(step: Step): Lines {
  if (step.kind === 'exec') return [commandLine(step.command)]
  return step.kind === 'backup' ? [describeStep(step), backupLines(step)] : [describeStep(step)]
}

function backupLines({ storage, keep, objects }: BackupStep): Lines {
  return [
    `storage: ${storage.kind}`,
    [...storageLines(storage), ...(storage.kind === 'null' ? [] : keepLines(keep))],
    'objects:',
    section(objects.flatMap((it) => objectLines(it, objects))),
  ]
}

function storageLines(storage: StorageSpec): Lines {
  switch (storage.kind) {
    case 'null':
      return []
    case 'localfs':
      return [
        `root: ${storage.root}`,
        `mode of folders: ${storage.folderMode.toString(8)}`,
        `mode of files: ${storage.fileMode.toString(8)}`,
        ...(storage.blockBytes === undefined ? [] : [`bytes per write: ${storage.blockBytes}`]),
        ...(storage.requireMount === undefined ? [] : [`mounted at: ${storage.requireMount}`]),
        ...(storage.minFreeBytes === undefined ? [] : [`bytes free at least: ${storage.minFreeBytes}`]),
      ]
    case 's3':
      return [
        `bucket: ${storage.bucket}`,
        `root: ${storage.root}`,
        `profile: ${storage.profile}`,
        `storage class: ${storage.storageClass ?? 'the default'}`,
        `storage class of complete sets: ${storage.archiveClass ?? 'the same'}`,
      ]
    default:
      return storage satisfies never
  }
}

function keepLines({ copies, totalBytes, buckets }: KeepPolicy): Lines {
  const { withinMs, ...counts } = buckets ?? {}
  const rules = [
    ...Object.entries(counts).map(([rule, count]) => `${rule} ${count}`),
    ...(withinMs === undefined ? [] : [`within ${formatDuration(withinMs)}`]),
  ]
  return [`sets kept: ${buckets ? listed(rules) : (copies ?? 'all')}`, `bytes kept: ${totalBytes ?? 'no limit'}`]
}

function objectLines(object: ObjectSpec, objects: readonly ObjectSpec[]): Lines {
  const { path, group, stages, after, expectedBytes } = object
  const pipeline = stages.length === 0 ? 'nothing: an empty object' : stages.map(commandLine).join(' | ')
  return [
    `${path}:`,
    [
      pipeline,
      `group: ${group}`,
      ...(after.length === 0 ? [] : [`waits for: ${listed(after.map((index) => objects[index]?.path ?? ''))}`]),
      ...(expectedBytes === undefined ? [] : [`expected bytes: ${expectedBytes}`]),
    ],
  ]
}

function bootReportLines(report: BootReportSpec): Lines {
  const options = Object.entries(report.viaOptions).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
  return [
    `sent by: ${report.via}`,
    options,
    `recipients: ${listed(report.recipients)}`,
    `subject: ${JSON.stringify(report.subject)}`,
    `header: ${JSON.stringify(report.header)}`,
    `tells since when the host is up: ${yesNo(report.uptimeSince)}`,
    `tells how long the host is up: ${yesNo(report.uptime)}`,
    `tells the boot id: ${yesNo(report.bootId)}`,
    `waits for: ${report.waitFor ?? 'nothing'}`,
    `delay: ${report.delayMs / 1000} s`,
  ]
}

function commandLine(command: Command): string {
  const { min, max } = command.accept
  return min === 0 && max === 0 ? describeCommand(command) : `${describeCommand(command)} (accepts ${describeAccepted({ min, max })})`
}

function section(lines: Lines): Lines {
  return lines.length === 0 ? ['none'] : lines
}

function listed(words: readonly string[]): string {
  return words.length === 0 ? 'none' : words.join(', ')
}

function yesNo(flag: boolean): string {
  return flag ? 'yes' : 'no'
}

function render(lines: Lines, indent = ''): string {
  return lines.map((it) => (typeof it === 'string' ? `${indent}${it}\n` : render(it, `${indent}  `))).join('')
}
