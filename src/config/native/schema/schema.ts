import { z } from 'zod'
import { check } from './checks.ts'
import { fileSet } from './file-sets.ts'
import { encryptionKey } from './filters.ts'
import { logs } from './logs.ts'
import { bootReport, NOTIFY_MEANING, notifier, notify } from './notifiers.ts'
import { count, issueText, key, mapping, name, oneForm, required, texts } from './schema-helpers.ts'
import { storage } from './storages.ts'
import { makingSets, task } from './tasks.ts'
import { web } from './web.ts'

export const defaults = mapping(() => makingSets)

const shellShape = {
  $schema: key('For editors: location of the JSON Schema of this format.', z.unknown()),
  version: required(
    'Version of this format: 1.',
    z.literal(1, { error: issueText('missing or unsupported version; expected "version: 1"', 'Version 1 is the only supported version.') }),
  ),
  include: key(
    'Files to include; the last part of a path may contain * and ?. Relative paths start in the folder of this file. Keys of this file override included ones.',
    oneForm('the name of a file, or a list of them', [z.string(), texts]),
  ),
  workers: key(
    'Number of objects of a step made, or restored by a drill, in parallel. Default: the number of CPUs.',
    z.int().min(1, issueText('expected a number of at least 1')).max(1024, issueText('expected a number of at most 1024')),
  ),
  verbosity: key('Verbosity of the output: 0 critical, 1 errors, 2 warnings, 3 information (default), 4 debugging.', count),
  contacts: key('Lines for the recovery sheet ("kit"): contacts, the location of the secret keys, contracts.', texts),
  notify: key(`${NOTIFY_MEANING} The "notify" of a task replaces it for that task.`, notify),
}

const ANYTHING = z.unknown().optional()

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
  storages: key('Storages, by name.', z.record(name, storage).nullable()),
  keys: key('Encryption keys, by name.', z.record(name, encryptionKey).nullable()),
  'file-sets': key('File sets, by name: dated files in plain folders, for steps such as "archive" and "dump".', z.record(name, fileSet).nullable()),
  checks: key('Additional checks for "check", by name.', z.record(name, check).nullable()),
  notifiers: key('Notifiers, by name.', z.record(name, notifier).nullable()),
  'boot-report': key('The boot report sent by "boot-report".', bootReport),
  logs: key('Text logs of runs, and a trigger file for monitoring.', logs),
  web: key('The web server ("web start").', web),
  tasks: key('Tasks, by name. "run" without a name runs the task "default", or the only task.', z.record(z.string(), task).nullable()),
})).describe('A Holdfast configuration.')

/** A JSON Schema (draft 7, which editors support best). */
export function renderNativeSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(nativeSchema, { target: 'draft-7', io: 'input' }), undefined, 2)}\n`
}
