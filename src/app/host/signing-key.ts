import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createFileIn, unlinkIn } from '../../files/entries.ts'
import { flushFd } from '../../files/flush.ts'
import { closeFolder, type Folder } from '../../files/folder.ts'
import { moveToNewName } from '../../files/move-entry.ts'
import { openOrMakeFolderSync } from '../../files/open-by-path.ts'
import { readSmall } from '../../files/read-small.ts'
import { errorsOf, messageOf, systemCode } from '../../lib/errors.ts'

const NAME = 'evidence-key.pem'

class EvidenceError extends errorsOf('evidence')<'no-key'> {}

/** The private key of this host (Ed25519), with which records are signed. It is made at the first use, in the state folder, with mode 0600. */
export async function hostSigningKey(state: string): Promise<KeyObject> {
  const path = join(state, NAME)
  try {
    return (await existing(path)) ?? (await made(state)) ?? (await existing(path)) ?? refuse(path, 'it was removed')
  } catch (error) {
    if (error instanceof EvidenceError) throw error
    return refuse(path, messageOf(error))
  }
}

function refuse(path: string, why: string): never {
  throw new EvidenceError('no-key', `could not use the key "${path}": ${why}`, { hint: 'Restore it; or remove it, so that a new one is created.' })
}

async function existing(path: string): Promise<KeyObject | undefined> {
  const pem = await readSmall(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  })
  if (pem === undefined) return undefined
  const key = createPrivateKey(pem)
  return key.asymmetricKeyType === 'ed25519' ? key : refuse(path, 'it is not an Ed25519 key')
}

/** Undefined: another process was faster. */
async function made(state: string): Promise<KeyObject | undefined> {
  const { privateKey } = generateKeyPairSync('ed25519')
  const folder = openOrMakeFolderSync(state, 0o700)
  try {
    return (await isStored(folder, String(privateKey.export({ format: 'pem', type: 'pkcs8' })))) ? privateKey : undefined
  } finally {
    await closeFolder(folder)
  }
}

async function isStored(folder: Folder, pem: string): Promise<boolean> {
  const name = `.${NAME}.${randomBytes(6).toString('hex')}`
  const handle = await createFileIn(folder, name, 0o600)
  try {
    await handle.writeFile(pem)
    await handle.sync()
  } finally {
    await handle.close()
  }
  try {
    await moveToNewName({ folder, name }, { folder, name: NAME })
    await flushFd(folder.fd)
    return true
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
    return false
  } finally {
    await unlinkIn(folder, name).catch(() => undefined)
  }
}
