import { z } from 'zod'
import { check } from './checks.ts'
import { fileSet } from './file-sets.ts'
import { COMPRESS_MEANING, compress, ENCRYPT_MEANING, encrypt, encryptionKey } from './filters.ts'
import { logs } from './logs.ts'
import { bootReport, NOTIFY_MEANING, notifier, notify } from './notifiers.ts'
import { storage } from './storages.ts'
import { surroundings } from './surroundings.ts'
import { KEEP_MEANING, keep, REQUIRE_MEANING, requiring, TO_MEANING, targets, task } from './tasks.ts'
import { count, key, mapping, name, oneForm, required, texts, told } from './words.ts'

export const defaults = mapping({
  to: key(TO_MEANING, targets),
  require: key(REQUIRE_MEANING, requiring),
  keep: key(KEEP_MEANING, keep),
  compress: key(COMPRESS_MEANING, compress),
  encrypt: key(ENCRYPT_MEANING, encrypt),
  ...surroundings,
})

const shellShape = {
  $schema: key('For editors: where the JSON Schema of this form is.', z.unknown()),
  version: required('The version of this form: 1.', z.literal(1, { error: told('"version: 1" is expected', 'This is the only version there is.') })),
  include: key(
    'Files that belong to this one; * and ? may stand in their last part. Relative ones begin at the folder of this file. What this file says itself wins.',
    oneForm('the name of a file, or a list of them', [z.string(), texts]),
  ),
  workers: key(
    'How many objects of a step are made at the same time. Not said: as many as there are CPUs.',
    z.int().min(1, told('at least one is needed')).max(1024, told('too many')),
  ),
  verbosity: key('How much is told: 0 critical, 1 errors, 2 warnings, 3 information (when nothing is said), 4 debugging.', count),
  notify: key(`${NOTIFY_MEANING} A task that has its own "notify" goes by that alone.`, notify),
}

const ANYTHING = z.unknown().optional()

/** The top less what is read name by name. */
export const topShell = mapping({
  ...shellShape,
  defaults: ANYTHING,
  storages: ANYTHING,
  keys: ANYTHING,
  'file-sets': ANYTHING,
  checks: ANYTHING,
  notifiers: ANYTHING,
  'boot-report': ANYTHING,
  logs: ANYTHING,
  tasks: ANYTHING,
})

/** One configuration with all that it includes. */
export const nativeSchema = mapping({
  ...shellShape,
  defaults: key('What is taken where a step or an object does not say it.', defaults),
  storages: key('Places that keep sets, by name.', z.record(name, storage).nullable()),
  keys: key('Keys that objects are encrypted for, by name.', z.record(name, encryptionKey).nullable()),
  'file-sets': key(
    'Files with dates in their names, in plain folders, by name: what steps about files make, copy, test and remove.',
    z.record(name, fileSet).nullable(),
  ),
  checks: key('What "check" asks, by name, beside what it asks of itself.', z.record(name, check).nullable()),
  notifiers: key('Ways to tell people and programs something, by name.', z.record(name, notifier).nullable()),
  'boot-report': key('The report that "boot-report" makes when the host has started.', bootReport),
  logs: key('Text logs of runs, and a file that monitoring looks at.', logs),
  tasks: key('What can be run, by name. The task "default", or the only one, is run when none is named.', z.record(z.string(), task).nullable()),
}).describe('A configuration of Holdfast.')

/** A JSON Schema (draft 7, which editors know best). */
export function renderNativeSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(nativeSchema, { target: 'draft-7', io: 'input' }), undefined, 2)}\n`
}
