import { createHash, randomUUID } from 'node:crypto'
import { hostId } from '../../process/identity/host-id.ts'
import { identityOf, livenessOf } from '../../process/identity/process-identity.ts'
import type { Key, StoredKind } from '../storage.ts'

/** The folder of incomplete objects, directly in the root. */
export const UPLOADS = '.holdfast-uploads'

/** The target of an upload: an object of the set in this folder, or a marker in it. */
export interface UploadTarget {
  readonly folder: string
  readonly isMarker: boolean
}

/** The maximum length of a set's name; a file name may have 255 bytes. */
const LONGEST_FOLDER = 64

/** A name that identifies the process and the set of an upload, so that a later run can remove that of a dead one. */
export function uploadName(key: Key, kind?: StoredKind): string {
  const { boot, pidNamespace, pid, start } = identityOf(process.pid)
  const folder = key.slice(0, Math.max(0, key.indexOf('/')))
  const target = folder.length > LONGEST_FOLDER ? [] : [kind === 'marker' ? 'm' : 'o', folder]
  return [hostTag(), boot, pidNamespace, pid, start ?? 0, randomUUID(), ...target].join('_')
}

/** The target of an upload with this name; undefined for one of an earlier version, or outside of sets. */
export function targetOf(name: string): UploadTarget | undefined {
  const [, , , , , , kind, ...folder] = name.split('_')
  if ((kind !== 'm' && kind !== 'o') || folder.length === 0) return undefined
  return { folder: folder.join('_'), isMarker: kind === 'm' }
}

/**
 * Whether the upload belongs to a process that has provably ended. Nothing is proven about other hosts, boots and PID namespaces, because machine ids
 * are cloned together with machines: then the lease of the set decides.
 */
export function isLeftOver(name: string): boolean {
  const [host, boot = '', pidNamespace = '', pid, start] = name.split('_')
  return host === hostTag() && livenessOf({ boot, pidNamespace, pid: Number(pid), start: Number(start) }) === 'dead'
}

function hostTag(): string {
  return createHash('sha256').update(hostId()).digest('hex').slice(0, 16)
}
