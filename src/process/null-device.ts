import { accessSync, constants, statSync } from 'node:fs'
import { systemCode } from '../lib/errors.ts'

export interface Explained {
  readonly what: string
  readonly hint?: string
}

const NULL_DEVICE = '/dev/null'
// mem(4): major number 1, minor number 3, as `rdev` contains them.
const RDEV = 0x1_03
const FOR_ALL = 0o666

/** Why `/dev/null` is not as null(4) describes it, in words, and what to do; undefined if it is. */
export function nullDeviceFault(): Explained | undefined {
  const stat = statSync(NULL_DEVICE, { throwIfNoEntry: false })
  const create = 'mknod -m 666 /dev/null c 1 3'
  if (stat === undefined) return { what: `"${NULL_DEVICE}" does not exist`, hint: `As root, run "${create}".` }
  if (!stat.isCharacterDevice() || stat.rdev !== RDEV)
    return { what: `"${NULL_DEVICE}" is not the null device`, hint: `As root, run "rm /dev/null" and "${create}".` }
  const mode = stat.mode & 0o777
  if ((mode & FOR_ALL) === FOR_ALL) return undefined
  return {
    what: `"${NULL_DEVICE}" is closed to other users (mode 0${mode.toString(8).padStart(3, '0')})`,
    hint: 'As root, run "chmod 666 /dev/null".',
  }
}

/**
 * Why this process cannot open `/dev/null`, as each start of a program without input or output does; undefined if it can. The system's error code of such
 * a start (ENOENT, EACCES) looks as if the program itself were missing.
 */
export function nullDeviceRefusal(): Explained | undefined {
  try {
    accessSync(NULL_DEVICE, constants.R_OK | constants.W_OK)
    return undefined
  } catch (error) {
    return nullDeviceFault() ?? { what: `could not open "${NULL_DEVICE}" (${systemCode(error)})` }
  }
}
