import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { isAbsent } from '../../../files/entries.ts'
import { closeFolderSync, type Folder } from '../../../files/folder.ts'
import { openOrMakeFolderSync } from '../../../files/open-by-path.ts'
import { readSmallInSync } from '../../../files/read-small.ts'
import { createWholeFileInSync, replaceFileInSync } from '../../../files/write-small.ts'
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
    const known = storedIn(folder)
    if (known !== undefined && isKey(known)) return known
    const key = unstored.get(folder.path) ?? randomBytes(32).toString('hex')
    try {
      const stored = store(folder, key, known)
      unstored.delete(folder.path)
      return stored
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      unstored.set(folder.path, key)
      return key
    }
  } finally {
    closeFolderSync(folder)
  }
}

/** Stores the key. Another server may have stored one at the same moment: then that one is used. */
function store(folder: Folder, key: string, known: string | undefined): string {
  const options = { mode: 0o600, isDurable: true }
  if (known === undefined) {
    if (createWholeFileInSync(folder, NAME, key, options)) return key
    const other = storedIn(folder)
    if (other !== undefined && isKey(other)) return other
  }
  // It contains something else.
  replaceFileInSync(folder, NAME, key, options)
  return key
}

function isKey(text: string): boolean {
  return /^[0-9a-f]{64}$/u.test(text)
}

function storedIn(folder: Folder): string | undefined {
  try {
    return readSmallInSync(folder, NAME).toString('latin1')
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}
