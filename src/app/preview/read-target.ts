import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Protection } from '../../backup/keep/decide-rotation.ts'
import { readProtection } from '../../backup/keep/read-protection.ts'
import type { SetSummary } from '../../backup/set/set-store.ts'
import { messageOf, systemCode } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import { printableShellWord } from '../../lib/shell-word.ts'
import type { BackupTarget, LocalfsStorageSpec } from '../../plan/plan.ts'
import { asAppError } from '../../run/run-error.ts'
import { checkFreeSpace } from '../../storage/root/root-requirements.ts'
import { storageErrorOf } from '../../storage/system-errors.ts'
import type { Host } from '../host/host.ts'
import { openSetsToRead } from '../host/wire.ts'

/** The sets of a step on one storage, and why a new one could not be stored there. */
export interface ReadTarget {
  readonly target: BackupTarget
  /** Absent if nothing is stored or the storage cannot be read. */
  readonly present?: readonly SetSummary[]
  readonly protection?: Protection
  readonly problems: readonly string[]
  /** What to do about them. */
  readonly hint?: string
}

/** Reads a storage without changing anything. Never rejects. */
export async function readTarget(target: BackupTarget, host: Host): Promise<ReadTarget> {
  const { storage } = target
  try {
    const { sets, close } = await openSetsToRead(storage, host)
    try {
      if (!sets.keeps) return { target, problems: [] }
      // First, because it does not wait forever if the root is a dead mount.
      const present = await sets.list({ signal: host.signals.stop })
      const protection = await readProtection(sets, { present, now: host.clock() }, { signal: host.signals.stop })
      return { target, present, protection, problems: storage.kind === 'localfs' ? await troubleWithRoot(storage) : [] }
    } finally {
      await close()
    }
  } catch (error) {
    const known = asAppError(error)
    return { target, problems: [messageOf(known)], ...(known.hint !== undefined && { hint: known.hint }) }
  }
}

/** The command that tests a storage. */
export function checkOf({ name }: Pick<BackupTarget, 'name'>): string {
  return `holdfast storage check${name === undefined ? '' : ` ${printableShellWord(name)}`}`
}

async function troubleWithRoot(spec: LocalfsStorageSpec): Promise<readonly string[]> {
  const root = resolve(spec.root)
  const full = await checkFreeSpace(root, spec).then(() => undefined, messageOf)
  return [full, await whyNotWritable(root)].filter((why) => why !== undefined)
}

// Decided by the nearest existing folder above it: missing folders would be created there.
async function whyNotWritable(folder: string): Promise<string | undefined> {
  try {
    if (!(await stat(folder)).isDirectory()) return `"${printable(folder)}" is not a folder`
    await access(folder, constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && folder !== '/') return whyNotWritable(dirname(folder))
    return messageOf(storageErrorOf(error, 'write to', folder))
  }
}
