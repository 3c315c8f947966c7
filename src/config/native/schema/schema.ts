import { z } from 'zod'
import { COMPRESS_MEANING, compress, ENCRYPT_MEANING, encrypt, encryptionKey } from './filters.ts'
import { storage } from './storages.ts'
import { surroundings } from './surroundings.ts'
import { KEEP_MEANING, keep, TO_MEANING, targets, task } from './tasks.ts'
import { count, key, mapping, name, oneForm, required, texts, told } from './words.ts'

export const defaults = mapping({
  to: key(TO_MEANING, targets),
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
}

const ANYTHING = z.unknown().optional()

/** The top less what is read name by name. */
export const topShell = mapping({ ...shellShape, defaults: ANYTHING, storages: ANYTHING, keys: ANYTHING, tasks: ANYTHING })

/** One configuration with all that it includes. */
export const nativeSchema = mapping({
  ...shellShape,
  defaults: key('What is taken where a step or an object does not say it.', defaults),
  storages: key('Places that keep sets, by name.', z.record(name, storage).nullable()),
  keys: key('Keys that objects are encrypted for, by name.', z.record(name, encryptionKey).nullable()),
  tasks: key('What can be run, by name. The task "default", or the only one, is run when none is named.', z.record(z.string(), task).nullable()),
}).describe('A configuration of Holdfast.')

/** A JSON Schema (draft 7, which editors know best). */
export function renderNativeSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(nativeSchema, { target: 'draft-7', io: 'input' }), undefined, 2)}\n`
}
