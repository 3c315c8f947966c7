import { createHash, randomUUID } from 'node:crypto'
import { hostId } from '../../process/host.ts'
import { identityOf } from '../../process/identity.ts'
import { hasEnded } from '../is-alive.ts'

/** Where objects lie until they are whole, directly in the root. */
export const UPLOADS = '.holdfast-uploads'

/** A name that tells whose upload it is, so that a later run can remove what a dead one left. */
export function uploadName(): string {
  const { boot, pidNamespace, pid, start } = identityOf(process.pid)
  return [hostTag(), boot, pidNamespace, pid, start ?? 0, randomUUID()].join('_')
}

/** Whether that is the upload of a process of this host that is not there any more. Of other hosts and pid namespaces nothing can be known. */
export function isLeftOver(name: string): boolean {
  const [host, boot = '', pidNamespace = '', pid, start] = name.split('_')
  return host === hostTag() && hasEnded({ boot, pidNamespace, pid: Number(pid), start: Number(start) })
}

function hostTag(): string {
  return createHash('sha256').update(hostId()).digest('hex').slice(0, 16)
}
