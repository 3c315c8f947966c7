import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { isAbsent } from '../../../files/entries.ts'
import { closeFolderSync } from '../../../files/folder.ts'
import { openOrMakeFolderSync } from '../../../files/open-by-path.ts'
import { readSmallInSync } from '../../../files/read-small.ts'
import { replaceFileInSync } from '../../../files/write-small.ts'
import { systemCode } from '../../../lib/errors.ts'

const NAME = 'placeholder-key'
// By state folder: keys that could not be stored yet. Reading the configuration must work on a full disk.
const unstored = new Map<string, string>()

/**
 * The key for the placeholders of this host, created at the first use. It is stored, so that a page that was opened before a restart of the server
 * can still save; if that is impossible, it is valid until this process ends.
 */
export function placeholderKey(stateFolder: string): string {
  const folder = openOrMakeFolderSync(join(stateFolder, 'web'), 0o700)
  try {
    const known = readOrNot(() => readSmallInSync(folder, NAME).toString('latin1'))
    if (/^[0-9a-f]{64}$/u.test(known)) return known
    const key = unstored.get(folder.path) ?? randomBytes(32).toString('hex')
    try {
      replaceFileInSync(folder, NAME, key, { mode: 0o600, isDurable: true })
      unstored.delete(folder.path)
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      unstored.set(folder.path, key)
    }
    return key
  } finally {
    closeFolderSync(folder)
  }
}

function readOrNot(read: () => string): string {
  try {
    return read()
  } catch (error) {
    if (isAbsent(error)) return ''
    throw error
  }
}
