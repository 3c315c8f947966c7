import { type Storage, StorageError, type UnfinishedUpload } from '../storage.ts'
import { isNotFound } from './rclone-error.ts'
import type { Remote } from './remote.ts'
import { targetOf, UPLOADS } from './upload-names.ts'

/**
 * Objects that were not moved to their final names yet. Without such a move, an interrupted upload leaves nothing. The start of an upload is known
 * only if the remote reports times.
 */
export function unfinishedUploads(remote: Remote): NonNullable<Storage['unfinished']> {
  return {
    async list({ signal }) {
      if (!(await remote.features()).movesUploads) return []
      const opt = { filesOnly: true, noMimeType: true }
      const { list } = await remote.call('operations/list', { remote: UPLOADS, opt }, { doing: 'list unfinished uploads', signal }).catch(orNothing)
      return (Array.isArray(list) ? list : []).flatMap(uploadOf)
    },
    async abort({ id }, { signal }) {
      try {
        await remote.call('operations/deletefile', { remote: `${UPLOADS}/${id}` }, { doing: 'remove an unfinished upload', signal })
      } catch (error) {
        orNothing(error)
      }
    },
  }
}

function orNothing(error: unknown): { readonly list: readonly never[] } {
  if (error instanceof StorageError && isNotFound(error)) return { list: [] }
  throw error
}

function uploadOf({ Name, ModTime }: { readonly Name?: unknown; readonly ModTime?: unknown }): readonly UnfinishedUpload[] {
  const id = String(Name)
  const target = targetOf(id)
  const begun = new Date(String(ModTime))
  if (target === undefined || id.includes('/') || Number.isNaN(begun.getTime())) return []
  return [{ key: `${target.folder}/${id}`, id, begun, ...(target.isMarker && { kind: 'marker' }) }]
}
