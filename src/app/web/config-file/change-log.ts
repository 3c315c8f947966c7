import { join } from 'node:path'
import { z } from 'zod'
import { closeFolderSync } from '../../../files/folder.ts'
import { openOrMakeFolderSync } from '../../../files/open-by-path.ts'
import { readSmallInSync } from '../../../files/read-small.ts'
import { replaceFileInSync } from '../../../files/write-small.ts'
import { systemCode } from '../../../lib/errors.ts'
import { stateFolder } from '../../host/state-folder.ts'
import type { WebHost } from '../web-host.ts'

const ConfigChange = z.object({
  /** The kept version, which this change replaced. */
  version: z.string(),
  /** The user who made the change, in the pages or with a token. */
  by: z.string(),
  via: z.enum(['session', 'token']),
  /** Whether the replaced text was not written by the server, but by an editor or another program; null if unknown. */
  isEditedOutside: z.boolean().nullable(),
  /** The tags of the texts before and after. */
  before: z.string(),
  after: z.string(),
})
export type ConfigChange = z.infer<typeof ConfigChange>

const NAME = 'config-changes.json'
const KEPT = 200

/** Who made the changes of the configuration, the newest last; none if they are unknown. */
export function readChanges({ env, uid }: WebHost): readonly ConfigChange[] {
  const folder = openOrMakeFolderSync(join(stateFolder(env, uid), 'web'), 0o700)
  try {
    return z.array(ConfigChange).parse(JSON.parse(readSmallInSync(folder, NAME).toString('utf8')))
  } catch (error) {
    // A damaged record must not prevent a change: the versions themselves are kept.
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof z.ZodError) return []
    throw error
  } finally {
    closeFolderSync(folder)
  }
}

/** Recorded before the file is replaced. */
export function recordChange(change: Omit<ConfigChange, 'isEditedOutside'>, host: WebHost): void {
  const known = readChanges(host)
  const isEditedOutside = isEditedAfter(known.at(-1), change.before)
  const folder = openOrMakeFolderSync(join(stateFolder(host.env, host.uid), 'web'), 0o700)
  try {
    const text = JSON.stringify([...known, { ...change, isEditedOutside }].slice(-KEPT))
    replaceFileInSync(folder, NAME, text, { mode: 0o600, isDurable: true })
  } finally {
    closeFolderSync(folder)
  }
}

/** Whether a text was not written by the last change. */
function isEditedAfter(last: ConfigChange | undefined, text: string): boolean | null {
  if (last === undefined) return null
  // After a change that was recorded, but not made, the text is still that before it.
  return text === last.before ? last.isEditedOutside : text !== last.after
}
