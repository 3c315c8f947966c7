import type { ValueOf } from '../form/form.ts'
import { forms } from '../form/forms.ts'
import { key, mapping, oneForm, required } from '../form/mapping.ts'
import { checkStep } from './checks.ts'
import { command, processContext } from './commands.ts'
import { fileStepShape, stepOptionShape } from './file-steps.ts'
import { COMPRESS_MEANING, compress, ENCRYPT_MEANING, encrypt } from './filters.ts'
import { NOTIFY_MEANING, notify } from './notifiers.ts'
import { absolutePath, count, duration, fileName, filledText, issueText, name, size, texts } from './schema-helpers.ts'
import { SOURCE_KINDS, sources } from './sources.ts'

const timeZone = forms
  .string()
  .refine(isTimeZone, issueText('unknown time zone', 'Use a name of the IANA database, such as "Europe/Berlin", or "UTC".'))

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}

const keep = mapping(() => ({
  last: key('Number of newest sets.', count),
  daily: key('Number of days for which the newest set is kept.', count),
  weekly: key('Number of ISO weeks for which the newest set is kept.', count),
  monthly: key('Number of months for which the newest set is kept.', count),
  yearly: key('Number of years for which the newest set is kept.', count),
  within: key('All sets not older than this, counted from the new set: 30d.', duration),
  proven: key('Number of newest sets proven by drills that are kept regardless of the other rules. Default: 1.', count),
  'time-zone': key('Time zone of days, weeks, months and years: "Europe/Berlin". Default: UTC.', timeZone),
  total: key('Maximum size of all sets together; the oldest are removed first, regardless of the other rules.', size),
})).meta({ id: 'keep' })

const objectShape = {
  ...sources,
  path: key('Path of the object in the set. Default: its name, with extensions for its format, compression and encryption.', filledText),
  after: key('Objects or groups of objects that must be finished before this one starts.', texts),
  group: key('Group name of several objects, for use in "after".', name),
  compress: key(COMPRESS_MEANING, compress),
  encrypt: key(ENCRYPT_MEANING, encrypt),
  'expected-size': key('Expected size, for progress output; not a limit.', size),
  ...processContext,
}

export const object = mapping(() => objectShape)
  .check((context) => {
    const kinds = SOURCE_KINDS.filter((kind) => context.value[kind] !== undefined)
    if (kinds.length !== 1) {
      const message = kinds.length === 0 ? 'the object has no source' : `an object must have exactly one source, found ${kinds.join(' and ')}`
      context.issues.push({ code: 'custom', input: context.value, message: issueText(message, `Valid sources: ${SOURCE_KINDS.join(', ')}.`) })
    }
  })
  .meta({ id: 'object' })

const target = mapping(() => ({
  storage: required('Name of the storage.', filledText),
  keep: key('Sets to keep on this storage. Default: as configured for the step.', keep),
}))
const targets = oneForm('the name of a storage', [
  filledText,
  forms.list(oneForm('the name of a storage', [filledText, target])).min(1, issueText('at least one storage is required')),
])
const requiring = forms.choice(['all', 'any'])

/** How sets are made and kept: of one step, and by default of all. */
export const makingSets = {
  to: key('Storage for the sets, or a list of several; each object is made only once. Default: the only configured storage.', targets),
  require: key(
    'With several storages: "all" (default) fails the step if one of them fails; "any" continues with the others, and the run has partially succeeded.',
    requiring,
  ),
  keep: key('Sets to keep after a successful backup: those that match any of the rules. Default: all.', keep),
  compress: key(COMPRESS_MEANING, compress),
  encrypt: key(ENCRYPT_MEANING, encrypt),
  ...processContext,
}

const backupShape = {
  name: key("Folder name of the sets on the storage. Default: the task's name.", fileName),
  ...makingSets,
  'on-object-failure': key(
    '"fail" (default): if an object fails, no set is made; "keep": the other objects are stored in a set that is marked as incomplete and never displaces a complete one, and the run has partially succeeded.',
    forms.choice(['fail', 'keep']),
  ),
}

/** A backup step without its objects, which are read one by one. */
export const backupShell = mapping(() => ({ ...backupShape, objects: forms.unknown() }))
const backup = mapping(() => ({ ...backupShape, objects: required('Contents of a set, by name.', forms.record(forms.string(), object)) }))

const copy = mapping(() => ({
  from: required('Storage to copy from.', filledText),
  to: required('Storage to copy to.', filledText),
  name: key("Name of the backup step that made the sets. Default: the task's name.", fileName),
  sets: key(
    'Sets to copy: "all" (default), "latest", or { last: 7 } for the newest ones. Sets that "keep" would remove on the target are not copied.',
    oneForm('"all", "latest", or an object with "last"', [
      forms.choice(['all', 'latest']),
      mapping(() => ({ last: required('Number of newest sets.', forms.int().min(1, issueText('expected a number of at least 1'))) })),
    ]),
  ),
  keep: key('Sets to keep on the target storage. Default: all.', keep),
}))

const drillCheck = mapping(() => ({
  object: required('Path of the object in the set, with or without its extensions.', filledText),
  name: key('Name of the check, for reports. Default: its statement or command.', filledText),
  sql: key(
    'Statement, run in a transaction that can only read. Its result is text without headings, with columns separated by "|" or tabs.',
    filledText,
  ),
  database: key('With "sql": database of a server. Default: the first one of the object.', filledText),
  run: key(
    'Command, as a list of strings. It runs in the sandbox of the drill: for files in their folder, for databases with access to the temporary server.',
    forms.list(filledText).min(1, issueText('expected at least one string')),
  ),
  expect: key(
    'Expected result: the exact text, ">= 100" (also <=, >, <, !=), or "~ PATTERN". Default: success, and for "sql" any value.',
    forms.string(),
  ),
  timeout: key('Time limit. Default: 10m.', duration),
}))

const drill = mapping(() => ({
  from: required('Storage that has the sets.', filledText),
  name: key("Name of the backup step that made the sets. Default: the task's name.", fileName),
  set: key(
    'Set to restore: "latest" (default), "random", or "unproven": the newest one without a drill, otherwise the one with the oldest last drill.',
    forms.choice(['latest', 'random', 'unproven']),
  ),
  level: key(
    'What is restored: "full" (default): all objects; "sample": one of them; "structure": none, they are only read and compared.',
    forms.choice(['structure', 'sample', 'full']),
  ),
  folder: key('Folder for the temporary data. Default: TMPDIR, or /var/tmp.', absolutePath),
  memory: key('Memory limit for all processes of a drill together. Default: half of the available memory, at least 1GiB.', size),
  checks: key('Checks of restored objects, with their expected results.', forms.list(drillCheck)),
}))

const signalNames = forms.list(oneForm('a signal name', [filledText, forms.int()]))
const signalChange = mapping(() => ({
  block: key('Signals to block, for Holdfast and for all programs started later: TERM, HUP, …', signalNames),
  unblock: key('Signals to unblock.', signalNames),
}))
const signals = oneForm('an object with "block" or "unblock", or a list of such objects', [signalChange, forms.list(signalChange)])

const stepShape = {
  exec: key('Runs a command and waits for it.', command),
  backup: key('Makes a set of objects and stores it.', backup),
  copy: key('Copies sets from one storage to another.', copy),
  drill: key('Restores a set to a temporary location on this host, and compares it with the original data; a failure ends the task.', drill),
  check: key('Runs a check; a failure ends the task, a warning is recorded.', checkStep),
  task: key('Runs another task at this point.', filledText),
  signals: key('Blocks or unblocks signals.', signals),
  ...fileStepShape,
}
const STEP_KINDS = Object.keys(stepShape) as readonly (keyof typeof stepShape)[]

const oneKind = (value: Readonly<Record<string, unknown>>): string | undefined => {
  const kinds = STEP_KINDS.filter((kind) => value[kind] !== undefined)
  if (kinds.length === 1) return undefined
  if (kinds.length === 0) return issueText('the step has no action', `Valid actions: ${STEP_KINDS.join(', ')}.`)
  return issueText(`a step must have exactly one action, found ${kinds.join(' and ')}`, 'Write two steps, each starting with a dash.')
}

/** A step with a backup without its objects. */
export const stepShell = mapping(() => ({ ...stepShape, ...stepOptionShape, backup: backupShell.optional() })).check((context) => {
  const message = oneKind(context.value)
  if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message })
})
const step = mapping(() => ({ ...stepShape, ...stepOptionShape }))
  .check((context) => {
    const message = oneKind(context.value)
    if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message })
  })
  .meta({ id: 'step' })

const taskShape = {
  description: key('Description of the task.', forms.string()),
  schedule: key(
    'Schedule: cron ("30 2 * * *") or a systemd calendar expression ("Mon..Fri 02:30"); one or a list.',
    oneForm('a schedule, or a list of them', [filledText, forms.list(filledText).min(1, issueText('at least one schedule is required'))]),
  ),
  jitter: key('Maximum random delay of the start, so that many hosts do not start at the same time.', duration),
  'catch-up': key('Whether to run the task later if a run was missed while the host was down. Default: false.', forms.boolean()),
  timeout: key('Time limit of a run. Default: unlimited.', duration),
  workers: key(
    'Number of objects made, or restored by a drill, in parallel.',
    forms.int().min(1, issueText('expected a number of at least 1')).max(1024, issueText('expected a number of at most 1024')),
  ),
  ...processContext,
  notify: key(`${NOTIFY_MEANING} Default: as configured at the top level. []: no notifications.`, notify),
}

/** A task without its steps, which are read one by one. */
export const taskShell = mapping(() => ({ ...taskShape, steps: forms.unknown() }))
export const task = mapping(() => ({ ...taskShape, steps: required('Steps, run in order until one fails.', forms.list(step)) })).meta({ id: 'task' })

export type ObjectInput = ValueOf<typeof object>
export type BackupInput = ValueOf<typeof backupShell>
export type DrillInput = ValueOf<typeof drill>
export type CopyInput = ValueOf<typeof copy>
export type TargetsInput = ValueOf<typeof targets>
export type StepInput = ValueOf<typeof stepShell>
export type TaskInput = ValueOf<typeof taskShell>
export type KeepInput = ValueOf<typeof keep>
