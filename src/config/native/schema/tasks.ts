import { z } from 'zod'
import { checkStep } from './checks.ts'
import { fileStepShape, stepOptionShape } from './file-steps.ts'
import { COMPRESS_MEANING, compress, ENCRYPT_MEANING, encrypt } from './filters.ts'
import { NOTIFY_MEANING, notify } from './notifiers.ts'
import { SOURCE_KINDS, sources } from './sources.ts'
import { command, surroundings } from './surroundings.ts'
import { count, duration, fileName, filledText, key, mapping, name, oneForm, required, size, texts, told } from './words.ts'

export const keep = mapping({
  last: key('The newest ones.', count),
  daily: key('The newest of each day, so many days (UTC).', count),
  weekly: key('The newest of each ISO week, so many weeks.', count),
  monthly: key('The newest of each month, so many months.', count),
  yearly: key('The newest of each year, so many years.', count),
  within: key('All that are not older than this, counted from the new one: 30d.', duration),
  total: key('All sets together may take up so much; the oldest go first, whatever the other rules say.', size),
}).meta({ id: 'keep' })
export const KEEP_MEANING = 'Which sets are kept after a success: those that any of the rules wants. Not said: all.'

const objectShape = {
  ...sources,
  path: key('Where it lies in the set. Not said: its name, with endings that tell what was done to it.', filledText),
  after: key('Objects, or groups of objects, that must be done before it begins.', texts),
  group: key('A name for several objects, to be used in "after".', name),
  compress: key(COMPRESS_MEANING, compress),
  encrypt: key(ENCRYPT_MEANING, encrypt),
  'expected-size': key('A hint about its size, never a limit.', size),
  ...surroundings,
}

export const object = mapping(objectShape)
  .check((context) => {
    const kinds = SOURCE_KINDS.filter((kind) => context.value[kind] !== undefined)
    if (kinds.length !== 1) {
      const message =
        kinds.length === 0 ? 'it is not said what the object is made from' : `an object is made from one thing, not ${kinds.join(' and ')}`
      context.issues.push({ code: 'custom', input: context.value, message: told(message, `There are: ${SOURCE_KINDS.join(', ')}.`) })
    }
  })
  .meta({ id: 'object' })

const target = mapping({
  storage: required('The name of the storage.', filledText),
  keep: key('Which sets are kept on this storage. Not said: as the step says.', keep),
})
export const targets = oneForm('the name of a storage', [
  filledText,
  z.array(oneForm('the name of a storage', [filledText, target])).min(1, told('the name of a storage is expected')),
])
export const TO_MEANING =
  'The storage that sets go to, or a list of several: each object is made once for all of them. Not said: the only storage there is.'
export const requiring = z.enum(['all', 'any'])
export const REQUIRE_MEANING =
  'With several storages: "all" (when nothing is said) lets the step fail when one fails; with "any" the others go on, and the run ends as partial.'

const backupShape = {
  name: key("The name of the sets' folder on the storage. Not said: the task's name.", fileName),
  to: key(TO_MEANING, targets),
  require: key(REQUIRE_MEANING, requiring),
  keep: key(KEEP_MEANING, keep),
  compress: key(COMPRESS_MEANING, compress),
  encrypt: key(ENCRYPT_MEANING, encrypt),
  ...surroundings,
}

/** A backup step less its objects, which are read one by one. */
export const backupShell = mapping({ ...backupShape, objects: z.unknown() })
const backup = mapping({ ...backupShape, objects: required('What a set consists of, by name.', z.record(z.string(), object)) })

const copy = mapping({
  from: required('The storage that has the sets.', filledText),
  to: required('The storage that they are brought to.', filledText),
  name: key("Whose sets: the name of the backup step that made them. Not said: the task's name.", fileName),
  sets: key(
    'Which ones: "all" (when nothing is said), "latest", or { last: 7 } for so many of the newest. What "keep" would not keep there is left out.',
    oneForm('"all", "latest", or an object with "last"', [
      z.enum(['all', 'latest']),
      mapping({ last: required('So many of the newest.', z.int().min(1, told('a number from 1 on is expected'))) }),
    ]),
  ),
  keep: key('Which sets are kept on the storage that they are brought to. Not said: all.', keep),
})

const signalNames = z.array(oneForm('the name of a signal', [filledText, z.int()]))
const signalChange = mapping({
  block: key('Signals to hold back, for us and for all programs started later: TERM, HUP, …', signalNames),
  unblock: key('Signals to let through again.', signalNames),
})
const signals = oneForm('an object with "block" or "unblock", or a list of such', [signalChange, z.array(signalChange)])

const stepShape = {
  exec: key('Runs a command and waits for it.', command),
  backup: key('Makes a set of objects and stores it.', backup),
  copy: key('Brings sets from one storage to another.', copy),
  check: key('Asks one thing; a failure ends the task, a warning is noted.', checkStep),
  task: key('Runs another task here.', filledText),
  signals: key('Holds back signals, or lets them through again.', signals),
  ...fileStepShape,
}
const STEP_KINDS = Object.keys(stepShape) as readonly (keyof typeof stepShape)[]

const oneKind = (value: Readonly<Record<string, unknown>>): string | undefined => {
  const kinds = STEP_KINDS.filter((kind) => value[kind] !== undefined)
  if (kinds.length === 1) return undefined
  if (kinds.length === 0) return told('it is not said what the step does', `There are: ${STEP_KINDS.join(', ')}.`)
  return told(`a step does one thing, not ${kinds.join(' and ')}`, 'Make two steps of it, each with a dash.')
}

/** A step with the backup less its objects. */
export const stepShell = mapping({ ...stepShape, ...stepOptionShape, backup: backupShell.optional() }).check((context) => {
  const message = oneKind(context.value)
  if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message })
})
const step = mapping({ ...stepShape, ...stepOptionShape })
  .check((context) => {
    const message = oneKind(context.value)
    if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message })
  })
  .meta({ id: 'step' })

const taskShape = {
  description: key('What it is for, in words.', z.string()),
  schedule: key(
    'When it wants to run: cron ("30 2 * * *") or calendar words of systemd ("Mon..Fri 02:30"); one, or a list.',
    oneForm('a schedule, or a list of them', [filledText, z.array(filledText).min(1, told('a schedule is expected'))]),
  ),
  jitter: key('Begins at random up to so much later, so that many hosts do not begin together.', duration),
  'catch-up': key('Whether a run that was missed while the host was down is made up for. Not said: false.', z.boolean()),
  timeout: key('How long a run may take in all. Not said: no limit.', duration),
  workers: key('How many objects are made at the same time.', z.int().min(1, told('at least one is needed')).max(1024, told('too many'))),
  ...surroundings,
  notify: key(`${NOTIFY_MEANING} Not said: as at the top. []: nobody.`, notify),
}

/** A task less its steps, which are read one by one. */
export const taskShell = mapping({ ...taskShape, steps: z.unknown() })
export const task = mapping({ ...taskShape, steps: required('What is done, in order, until the first failure.', z.array(step)) }).meta({ id: 'task' })

export type ObjectInput = z.output<typeof object>
export type BackupInput = z.output<typeof backupShell>
export type CopyInput = z.output<typeof copy>
export type TargetsInput = z.output<typeof targets>
export type StepInput = z.output<typeof stepShell>
export type TaskInput = z.output<typeof taskShell>
export type KeepInput = z.output<typeof keep>
