import { Readable } from 'node:stream'
import { type Folders, type OperationContext, type Storage, StorageError, type WorkFolder } from '../../storage/storage.ts'
import { refuseAborted } from '../../storage/system-errors.ts'
import { setTaken } from '../set/set-name.ts'
import type { SetReceiver } from '../set/set-store.ts'
import { hasManifest } from './has-manifest.ts'
import { writeAll } from './write-all.ts'

export interface ReceiveTarget {
  readonly folders: Folders
  readonly storage: Pick<Storage, 'label'>
  readonly name: string
  /** Whether a set of that name is damaged now: only such a set is replaced. */
  readonly isDamaged: (call: OperationContext) => Promise<boolean>
}

/**
 * Receives a copied set on a storage that publishes by a rename. The files of an interrupted copy are removed with its work folder, so each copy
 * starts again.
 */
export async function receiveOnFilesystem(
  work: WorkFolder,
  { folders, storage, name, isDamaged }: ReceiveTarget,
  call: OperationContext,
): Promise<SetReceiver> {
  const isReplaced = async (checkCall: OperationContext) => {
    if (!(await folders.isTaken(name, checkCall))) return false
    if (await isDamaged(checkCall)) return true
    throw setTaken(name, storage.label)
  }
  try {
    await isReplaced(call)
  } catch (error) {
    await work.abandon()
    throw error
  }
  const put = async (path: string, body: Readable, { signal, expectedBytes }: OperationContext & { readonly expectedBytes?: number }) => {
    const file = await work.openFile(path, expectedBytes === undefined ? {} : { reserveBytes: expectedBytes })
    try {
      for await (const chunk of body) {
        refuseAborted(signal, `storing "${path}" to its end`)
        await writeAll(file.fd, chunk as Uint8Array, path)
      }
    } catch (error) {
      body.destroy()
      await file.remove().catch(() => undefined)
      throw error
    }
    await file.finish()
  }
  return {
    present: new Map(),
    put,
    // There are no files of an interrupted copy.
    get: async (path) => {
      throw new StorageError('not-found', `file "${path}" of the set "${name}" not found in "${storage.label}"`)
    },
    remove: async () => undefined,
    async publish(manifest, publishCall) {
      if (manifest) await put(manifest.path, Readable.from([Buffer.from(manifest.text)], { objectMode: false }), publishCall)
      publishCall.failpoint?.('copy-manifest-written')
      // All files of the new set are flushed; the old one is incomplete.
      const publish = () => work.publish(name, publishCall)
      if (await isReplaced(publishCall)) await folders.replace(name, { proves: hasManifest, publish }, publishCall)
      else await publish()
    },
    leave: () => work.abandon(),
    abort: () => work.abandon(),
  }
}
