import { forms } from '../form/forms.ts'
import { key, mapping, oneForm, required } from '../form/mapping.ts'
import { check } from './checks.ts'
import { fileSet } from './file-sets.ts'
import { encryptionKey } from './filters.ts'
import { logs } from './logs.ts'
import { bootReport, NOTIFY_MEANING, notifier, notify } from './notifiers.ts'
import { count, issueText, name, texts } from './schema-helpers.ts'
import { storage } from './storages.ts'
import { makingSets, task } from './tasks.ts'
import { web } from './web.ts'

export const defaults = mapping(() => makingSets)

const shellShape = {
  $schema: key('For editors: location of the JSON Schema of this format.', forms.unknown()),
  version: required(
    'Version of this format: 1.',
    forms.literal(1, { error: issueText('missing or unsupported version; expected "version: 1"', 'Version 1 is the only supported version.') }),
  ),
  include: key(
    'Files to include; the last part of a path may contain * and ?. Relative paths start in the folder of this file. Keys of this file override included ones.',
    oneForm('the name of a file, or a list of them', [forms.string(), texts]),
  ),
  workers: key(
    'Number of objects of a step made, or restored by a drill, in parallel. Default: the number of CPUs.',
    forms.int().min(1, issueText('expected a number of at least 1')).max(1024, issueText('expected a number of at most 1024')),
  ),
  verbosity: key('Verbosity of the output: 0 critical, 1 errors, 2 warnings, 3 information (default), 4 debugging.', count),
  contacts: key('Lines for the recovery sheet ("kit"): contacts, the location of the secret keys, contracts.', texts),
  notify: key(`${NOTIFY_MEANING} The "notify" of a task replaces it for that task.`, notify),
}

const ANYTHING = forms.unknown().optional()

/** The top level, without the keys that are read name by name. */
export const topShell = mapping(() => ({
  ...shellShape,
  defaults: ANYTHING,
  storages: ANYTHING,
  keys: ANYTHING,
  'file-sets': ANYTHING,
  checks: ANYTHING,
  notifiers: ANYTHING,
  'boot-report': ANYTHING,
  logs: ANYTHING,
  web: ANYTHING,
  tasks: ANYTHING,
}))

/** One configuration with all its includes. */
export const nativeSchema = mapping(() => ({
  ...shellShape,
  defaults: key('Default settings for steps and objects.', defaults),
  storages: key('Storages, by name.', forms.record(name, storage).nullable()),
  keys: key('Encryption keys, by name.', forms.record(name, encryptionKey).nullable()),
  'file-sets': key(
    'File sets, by name: dated files in plain folders, for steps such as "archive" and "dump".',
    forms.record(name, fileSet).nullable(),
  ),
  checks: key('Additional checks for "check", by name.', forms.record(name, check).nullable()),
  notifiers: key('Notifiers, by name.', forms.record(name, notifier).nullable()),
  'boot-report': key('The boot report sent by "boot-report".', bootReport),
  logs: key('Text logs of runs, and a trigger file for monitoring.', logs),
  web: key('The web server ("web start").', web),
  tasks: key('Tasks, by name. "run" without a name runs the task "default", or the only task.', forms.record(forms.string(), task).nullable()),
})).meta({ description: 'A Holdfast configuration.' })
