import { createHash, randomUUID } from 'node:crypto'
import { hostId } from '../../process/identity/host.ts'
import { identityOf, judgeProcess } from '../../process/identity/identity.ts'
import type { Key, StoredKind } from '../storage.ts'

/** Where objects lie until they are whole, directly in the root. */
export const UPLOADS = '.holdfast-uploads'

/** What an upload was to become: an object of the set in this folder, or a mark in it. */
export interface UploadTarget {
  readonly folder: string
  readonly isMarker: boolean
}

/** No name of a set is longer; a file's name may have 255 bytes. */
const LONGEST_FOLDER = 64

/** A name that tells whose upload it is, and of which set, so that a later run can remove what a dead one left. */
export function uploadName(key: Key, kind?: StoredKind): string {
  const { boot, pidNamespace, pid, start } = identityOf(process.pid)
  const folder = key.slice(0, Math.max(0, key.indexOf('/')))
  const target = folder.length > LONGEST_FOLDER ? [] : [kind === 'marker' ? 'm' : 'o', folder]
  return [hostTag(), boot, pidNamespace, pid, start ?? 0, randomUUID(), ...target].join('_')
}

/** What an upload of this name was to become; undefined for one of an earlier version, or of no set. */
export function targetOf(name: string): UploadTarget | undefined {
  const [, , , , , , kind, ...folder] = name.split('_')
  if ((kind !== 'm' && kind !== 'o') || folder.length === 0) return undefined
  return { folder: folder.join('_'), isMarker: kind === 'm' }
}

/**
 * Whether that is the upload of a process that is proven to have ended. Of other hosts, boots and pid namespaces nothing is proven: machine ids are copied
 * with machines. There the lease of its set tells.
 */
export function isLeftOver(name: string): boolean {
  const [host, boot = '', pidNamespace = '', pid, start] = name.split('_')
  return host === hostTag() && judgeProcess({ boot, pidNamespace, pid: Number(pid), start: Number(start) }) === 'dead'
}

function hostTag(): string {
  return createHash('sha256').update(hostId()).digest('hex').slice(0, 16)
}
