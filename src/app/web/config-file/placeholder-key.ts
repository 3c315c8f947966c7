import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { isAbsent } from '../../../files/entries.ts'
import { closeFolderSync } from '../../../files/folder.ts'
import { openOrMakeFolderSync } from '../../../files/open-by-path.ts'
import { readSmallInSync } from '../../../files/read-small.ts'
import { replaceFileInSync } from '../../../files/write-small.ts'

const NAME = 'placeholder-key'

/**
 * The key for the placeholders of this host, created at the first use. It is stored, so that a page that was opened before a restart of the server
 * can still save.
 */
export function placeholderKey(stateFolder: string): string {
  const folder = openOrMakeFolderSync(join(stateFolder, 'web'), 0o700)
  try {
    const known = readOrNot(() => readSmallInSync(folder, NAME).toString('latin1'))
    if (/^[0-9a-f]{64}$/u.test(known)) return known
    const key = randomBytes(32).toString('hex')
    replaceFileInSync(folder, NAME, key, { mode: 0o600, isDurable: true })
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
