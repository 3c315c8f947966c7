import { closeFolder } from '../../files/folder.ts'
import { readUmask } from '../../files/kernel-files.ts'
import { modeWithoutGroup } from '../../files/make-folder.ts'
import type { LocalfsStorageSpec } from '../../plan/plan.ts'
import type { Note } from '../flush.ts'
import type { OpenedSetRoot } from '../opened-root.ts'
import type { OperationContext } from '../storage.ts'
import { naming } from '../system-errors.ts'
import type { MountGuard } from './mount-guard.ts'
import { makeRoot, type OpenRoot, openRoot } from './open-root.ts'
import { probeRoot } from './probe-root.ts'
import { checkFreeSpace, checkRequiredMount } from './root-requirements.ts'

/** The root of a storage, checked and opened before every operation. */
export interface CheckedRoot {
  /**
   * The open root; undefined if it does not exist. Rejects with `storage/unreachable` if it does not answer, with `storage/mount-missing` if a file
   * system is not mounted that the plan requires or that contained the root after the last set, with `storage/unsafe` if another user could redirect
   * its path. Creates nothing. The root stays open until `close`; with `anew`, it is checked again whether it answers.
   */
  open(call: OperationContext, options?: { readonly anew: boolean }): Promise<OpenedSetRoot | undefined>
  /** The same, creating it if missing, if there is enough free space for the plan. */
  make(call: OperationContext): Promise<OpenedSetRoot>
  close(): Promise<void>
}

export interface RootOptions {
  readonly spec: LocalfsStorageSpec
  readonly guard: MountGuard
  readonly note: Note
}

// Without them, no set can be stored in it.
const OWNERS = 0o700

export function checkedRoot(path: string, { spec, guard, note }: RootOptions): CheckedRoot {
  let current: Promise<OpenedSetRoot | undefined> | undefined
  const options = { trustsRoot: spec.trustRoot === true, note }
  const check = async ({ signal }: OperationContext) => {
    await probeRoot(path, signal)
    await naming('check', path, () => checkRequiredMount(path, spec))
  }
  const placeOf = async (root: OpenRoot) => {
    await guard.check(root)
    const { isForeign, isShared } = root
    return { root, spec: isForeign ? closedModes(spec) : spec, umask: readUmask(), isForeign, isShared, trustsOwner: options.trustsRoot, note }
  }
  const withSettings = (root: OpenRoot) =>
    naming('read the mount of', path, () => placeOf(root)).catch(async (error: unknown) => {
      await closeFolder(root)
      throw error
    })
  const openChecked = async (call: OperationContext) => {
    await check(call)
    const root = await naming('open', path, () => openRoot(path, options))
    if (root !== undefined) return withSettings(root)
    await naming('read the mount of', path, () => guard.check(undefined))
    return undefined
  }
  const open: CheckedRoot['open'] = async (call, { anew } = { anew: false }) => {
    if (current === undefined) {
      const opening = openChecked(call)
      current = opening
      // A failed check, or a missing root, is checked again.
      const forget = () => {
        if (current === opening) current = undefined
      }
      opening.then((opened) => opened ?? forget(), forget)
    } else if (anew) await probeRoot(path, call.signal)
    return current
  }
  return {
    open,
    async make(call) {
      const found = await open(call, { anew: true })
      await naming('read the free space of', path, () => checkFreeSpace(path, spec))
      const opened = found ?? (await withSettings(await naming('create the folder', path, () => makeRoot(path, spec.folderMode | OWNERS, options))))
      current = Promise.resolve(opened)
      return opened
    },
    async close() {
      const opened = await current?.catch(() => undefined)
      current = undefined
      if (opened !== undefined) await closeFolder(opened.root)
    },
  }
}

type Modes = OpenedSetRoot['spec']

/**
 * The modes of sets in a root of another user. That user determines its group, and by a default ACL other users (acl(5)), which would be inherited;
 * therefore the group gets only the permissions of all users.
 */
function closedModes({ folderMode, fileMode, ...rest }: Modes): Modes {
  return { ...rest, folderMode: modeWithoutGroup(folderMode), fileMode: modeWithoutGroup(fileMode) }
}
