import { bootId } from '../../process/identity/host.ts'
import { judgeProcess, type ProcessIdentity } from '../../process/identity/identity.ts'

/** Whether that very process is seen to run. Of one that is not, nothing follows: it may run where we cannot look. */
export function isAlive(identity: ProcessIdentity): boolean {
  return judgeProcess(identity) === 'alive'
}

/** Whether it is proven to have ended, on what is known to be this host. Of another pid namespace of this boot nothing is proven. */
export function hasEnded(identity: ProcessIdentity): boolean {
  return identity.boot !== bootId() || judgeProcess(identity) === 'dead'
}
