import { createHash, randomUUID } from 'node:crypto'
import { bootId, hostId, processStart } from '../../process/host.ts'
import { isAlive } from '../is-alive.ts'

/** Where objects lie until they are whole, directly in the root. */
export const UPLOADS = '.holdfast-uploads'

/** A name that tells whose upload it is, so that a later run can remove what a dead one left. */
export function uploadName(): string {
  return [hostTag(), bootId(), process.pid, processStart(process.pid) ?? 0, randomUUID()].join('_')
}

/** Whether that is the upload of a process of this host that is not there any more. Of other hosts nothing can be known. */
export function isLeftOver(name: string): boolean {
  const [host, boot = '', pid, start] = name.split('_')
  return host === hostTag() && !isAlive({ boot, pid: Number(pid), start: Number(start) })
}

function hostTag(): string {
  return createHash('sha256').update(hostId()).digest('hex').slice(0, 16)
}
