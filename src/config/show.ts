import { formatBytes, formatDuration } from '../lib/format.ts'
import type { Command } from '../plan/command.ts'
import type {
  BackupStep,
  BackupTarget,
  CopyStep,
  DrillStep,
  KeepPolicy,
  ObjectSpec,
  Plan,
  ScheduleSpec,
  Step,
  StorageSpec,
  Task,
} from '../plan/plan.ts'
import { DEFAULT_LOG_LIMITS, type RunLogs } from '../plan/run-logs.ts'
import { describeCheck, describeStep } from '../plan/steps/describe-step.ts'
import { ownFolders } from '../plan/steps/own-folders.ts'
import { checkLines, commandLine, pipelineLines } from './show-check.ts'
import { filesStepLines } from './show-files.ts'
import { bootReportLines, type Lines, notifierLines, notifyLines } from './show-notify.ts'
import { s3Lines } from './show-s3.ts'
import { webLines } from './show-web.ts'

/** The output of `config show`: the whole plan, always in the same order. Only the names of environment variables. */
export function renderPlan(plan: Plan): string {
  const [main, ...included] = plan.files
  return render([
    `configuration: ${main ?? plan.file}`,
    ...included.map((file) => `included: ${file}`),
    `workers: ${plan.workers}`,
    `verbosity: ${plan.verbosity}`,
    `modules: ${listed(plan.modules)}`,
    ...(plan.dialect === 'palhm' ? moduleLines(plan.modules.includes('aws')) : []),
    ...(plan.oneRunAtATime ? ['while one of its tasks is running: no other'] : []),
    ...(plan.crontabUser === undefined ? [] : [`crontab of: ${plan.crontabUser}`]),
    'commands:',
    section([...plan.commands].map(([id, command]) => `${id}: ${commandLine(command)}`)),
    'tasks:',
    section([...plan.tasks.values()].flatMap((task) => taskLines(task, task.name === plan.defaultTask))),
    ...ownLines(plan),
    ...(plan.parts ? ['actions:', section([...plan.parts.values()].flatMap((part) => taskLines(part, false)))] : []),
    ...(plan.checks ? ['checks:', [...plan.checks].flatMap(([name, check]) => [`${name}: ${describeCheck(check)}`, checkLines(check)])] : []),
    ...(plan.notifiers ? ['notifiers:', notifierLines([...plan.notifiers.values()])] : []),
    ...(plan.runLogs ? ['logs of runs:', logLines(plan.runLogs)] : []),
    ...(plan.contacts ? ['contacts:', plan.contacts] : []),
    ...(plan.web ? ['web server:', webLines(plan.web)] : []),
    'boot report:',
    section(plan.bootReport ? bootReportLines(plan.bootReport) : []),
  ])
}

/** What sources of files leave out, if there are any. */
function ownLines(plan: Plan): Lines {
  const sources = [...plan.tasks.values()].flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'backup' ? step.objects : [])))
  if (!sources.some(({ source }) => source?.kind === 'files')) return []
  return [`left out of files: ${listed([...ownFolders(plan), 'the state folder'])}`]
}

/** The features that modules add. */
function moduleLines(withAws: boolean): Lines {
  return [
    `available storages: ${listed(['null', 'localfs', ...(withAws ? ['s3'] : [])])}`,
    `available report methods: ${listed(['stdout', 'mailx', ...(withAws ? ['aws-sns'] : [])])}`,
  ]
}

function taskLines({ name, steps, description, schedule, timeoutMs, workers, notify }: Task, isDefault: boolean): Lines {
  const about = [
    ...(description === undefined ? [] : [`description: ${description}`]),
    ...(schedule ? [`schedule: ${schedule.words.join('; ')}${scheduleWords(schedule)}`] : []),
    ...(timeoutMs === undefined ? [] : [`timeout: ${formatDuration(timeoutMs)}`]),
    ...(workers === undefined ? [] : [`workers: ${workers}`]),
    ...notifyLines(notify),
  ]
  return [`${name === '' ? '""' : name}:${isDefault ? ' (default)' : ''}`, [...about, ...section(steps.flatMap(stepLines))]]
}

function scheduleWords({ jitterMs, catchUp, matchAllDays = false }: ScheduleSpec): string {
  return `${matchAllDays ? ', both day fields must match' : ''}${jitterMs > 0 ? `, random delay up to ${formatDuration(jitterMs)}` : ''}${catchUp ? ', missed runs are run later' : ''}`
}

function stepLines(step: Step): Lines {
  if (step.kind === 'exec') return [`${step.dry === true ? 'dry: ' : ''}${commandLine(step.command)}`]
  if (step.kind === 'check') return [`${step.name === undefined ? '' : `${step.name}: `}${describeStep(step)}`, checkLines(step.check)]
  if (step.kind === 'copy') return [describeStep(step), copyLines(step)]
  if (step.kind === 'drill') return [describeStep(step), drillLines(step)]
  if (step.kind === 'backup') return [describeStep(step), backupLines(step)]
  if (step.kind === 'task' || step.kind === 'signals' || step.kind === 'issue') return [describeStep(step)]
  return [describeStep(step), filesStepLines(step)]
}

function backupLines({ targets, require: policy, onObjectFailure, objects }: BackupStep): Lines {
  const needed = targets.length > 1 ? [`required: ${policy === 'all' ? 'all storages' : 'one storage'}`] : []
  const keeping = onObjectFailure === 'keep' ? ['if an object fails: the others are kept, in an incomplete set'] : []
  return [...targets.flatMap(targetLines), ...needed, ...keeping, 'objects:', section(objects.flatMap((it) => objectLines(it, objects)))]
}

function targetLines({ name, storage, keep }: BackupTarget): Lines {
  const title = name === undefined ? storage.kind : `${name} (${storage.kind})`
  return [`storage: ${title}`, [...storageLines(storage), ...(storage.kind === 'null' ? [] : keepLines(keep))]]
}

function copyLines({ from: { name, storage }, to }: CopyStep): Lines {
  return [`from: ${name ?? ''} (${storage.kind})`, storageLines(storage), ...targetLines(to)]
}

function drillLines({ from: { name, storage }, folder, checks, memoryBytes }: DrillStep): Lines {
  const checkLines = checks.map(
    ({ object, label, expect }) => `check of ${object}: ${label}${expect === undefined ? '' : `, expected: ${expect.text}`}`,
  )
  return [
    `from: ${name ?? ''} (${storage.kind})`,
    storageLines(storage),
    ...(folder === undefined ? [] : [`folder: ${folder}`]),
    ...(memoryBytes === undefined ? [] : [`memory: ${memoryBytes}`]),
    ...checkLines,
  ]
}

function storageLines(storage: StorageSpec): Lines {
  switch (storage.kind) {
    case 'null':
      return []
    case 'localfs':
      return [
        `root: ${storage.root}`,
        `folder mode: ${storage.folderMode.toString(8)}`,
        `file mode: ${storage.fileMode.toString(8)}`,
        ...(storage.blockBytes === undefined ? [] : [`bytes per write: ${storage.blockBytes}`]),
        ...(storage.requireMount === undefined ? [] : [`mount point: ${storage.requireMount}`]),
        ...(storage.exchangedDisks === true ? ['disks are exchanged'] : []),
        ...(storage.trustRoot === true ? ['trusts all users who can write to the root'] : []),
        ...(storage.minFreeBytes === undefined ? [] : [`minimum free bytes: ${storage.minFreeBytes}`]),
      ]
    case 's3':
      return s3Lines(storage)
    case 'rclone':
      return [
        `remote: ${storage.label}`,
        `command: ${commandLine(withoutOurs(storage.program))}`,
        `bytes per second: ${storage.bandwidthBytesPerSecond ?? 'unlimited'}`,
        `stall timeout: ${formatDuration(storage.stallMs)}`,
      ]
    default:
      return storage satisfies never
  }
}

/** Without the variables that are set because of the storage's own keys. */
function withoutOurs({ environment, ...command }: Command): Command {
  const names = Object.entries(environment.values).filter(([name]) => !name.startsWith('RCLONE_CONFIG'))
  return { ...command, environment: { ...environment, values: Object.fromEntries(names) } }
}

function keepLines({ copies, totalBytes, buckets, proven, timeZone }: KeepPolicy): Lines {
  const { withinMs, ...counts } = buckets ?? {}
  const rules = [
    ...Object.entries(counts).map(([rule, count]) => `${rule} ${count}`),
    ...(withinMs === undefined ? [] : [`within ${formatDuration(withinMs)}`]),
  ]
  return [
    `sets kept: ${buckets ? listed(rules) : (copies ?? 'all')}`,
    `bytes kept: ${totalBytes ?? 'unlimited'}`,
    ...(proven === undefined ? [] : [`proven sets kept: ${proven}`]),
    ...(timeZone === undefined ? [] : [`days in: ${timeZone}`]),
  ]
}

function objectLines(object: ObjectSpec, objects: readonly ObjectSpec[]): Lines {
  const { path, group, stages, after, expectedBytes } = object
  const pipeline = stages.length === 0 ? ['none: an empty object'] : pipelineLines(stages)
  return [
    `${path}:`,
    [
      ...pipeline,
      `group: ${group}`,
      ...(after.length === 0 ? [] : [`waits for: ${listed(after.map((index) => objects[index]?.path ?? ''))}`]),
      ...(expectedBytes === undefined ? [] : [`expected bytes: ${expectedBytes}`]),
    ],
  ]
}

function section(lines: Lines): Lines {
  return lines.length === 0 ? ['none'] : lines
}

function listed(words: readonly string[]): string {
  return words.length === 0 ? 'none' : words.join(', ')
}

function render(lines: Lines, indent = ''): string {
  return lines.map((it) => (typeof it === 'string' ? `${indent}${it}\n` : render(it, `${indent}  `))).join('')
}

/** The output of `config show` for the logs of runs. */
function logLines({ folder, triggerFile, strict, tag, language, keep }: RunLogs): Lines {
  const { days, bytes } = { ...DEFAULT_LOG_LIMITS, ...keep }
  return [
    `folder: ${folder}`,
    `tag: ${tag === '' ? 'host name' : tag}`,
    `language: ${language ?? 'from the environment'}`,
    `kept: ${days} d, at most ${formatBytes(bytes)}`,
    ...(triggerFile === undefined ? [] : [`trigger file: ${triggerFile}${strict === false ? ', SUCCESS from the beginning of a run' : ''}`]),
  ]
}
