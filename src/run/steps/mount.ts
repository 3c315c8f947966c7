import { resolve } from 'node:path'
import { closeFolderSync } from '../../files/folder.ts'
import { readKernelText } from '../../files/kernel-files.ts'
import { makeFolders } from '../../files/make-folders.ts'
import { openOrMakeCheckedSync } from '../../files/open-by-path.ts'
import { realPathOf } from '../../files/trust/real-path.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { Command } from '../../plan/command.ts'
import type { MountStep } from '../../plan/steps/host-steps.ts'
import { ProcessError } from '../../process/process-result.ts'
import { type MountEntry, mountsOf } from '../../storage/root/mountinfo.ts'
import type { StepContext } from '../run-context.ts'
import { RunError } from '../run-error.ts'
import { hostTool } from './host-program.ts'
import { checkedPoint, refuseForeignPath } from './mount-point.ts'
import { isOfDevice, mountedAt } from './mounted-at.ts'

/**
 * Mounts a device unless it is already mounted; another device at the mount point is a failure, as is any error of mount(8). Unmounts; a file system
 * that is in use is noted, one that is not mounted is noted as an error, and neither is changed.
 */
export async function runMount(step: MountStep, context: StepContext): Promise<undefined> {
  const point = resolve(step.workingFolder ?? '.', step.point)
  const there = await mountedAt(point, mountinfo())
  await (step.change === 'mount' ? mount(step, { point, there }, context) : unmount(step, { point, there }, context))
}

interface MountPoint {
  readonly point: string
  readonly there: MountEntry | undefined
}

async function mount(step: MountStep, { point, there }: MountPoint, context: StepContext): Promise<void> {
  const { device = '', fsType, options, dry, name = 'mount' } = step
  const emit = (text: string) => context.emit({ kind: 'step-told', step: name, text, isDetail: false })
  if (there !== undefined) {
    if (await isOfDevice(there, device, { backingFile })) return emit(`"${device}" is already mounted at "${point}"`)
    throw new RunError('mount-failed', `"${there.source}" is mounted at "${point}", not "${device}"`, {
      hint: 'Unmount it, or correct the device of the step.',
    })
  }
  if (dry === true) return emit(`would mount "${device}" at "${point}"`)
  const expected = await madePoint(point, context)
  await run(hostTool(['mount', ...options, ...(fsType === undefined ? [] : ['-t', fsType]), '--', device, point]), step, context)
  if (!mountsOf(mountinfo()).some(({ mountPoint }) => mountPoint === expected))
    throw new RunError('mount-failed', `mount(8) succeeded, but nothing is mounted at "${expected}"`, {
      hint: 'Find the mount with "findmnt", and check which users can change the path.',
    })
  emit(`mounted "${device}" at "${point}"`)
}

async function unmount(step: MountStep, { point, there }: MountPoint, context: StepContext): Promise<void> {
  const { options, dry, name = 'unmount' } = step
  const emit = (text: string, isDetail = false) => context.emit({ kind: 'step-told', step: name, text, isDetail })
  // It may have been unmounted before the backup. A dry run of a task mounts nothing that this step could unmount.
  if (there === undefined && dry === true) return emit(`would unmount "${point}", where nothing is mounted now`)
  if (there === undefined) return context.emit({ kind: 'note', text: `nothing is mounted at "${point}"`, isError: true })
  if (dry === true) return emit(`would unmount "${point}"`)
  const at = context.deps.trustsFolders === true ? point : checkedPoint(there.mountPoint, point)
  try {
    await run(hostTool(['umount', ...options, '--', at]), step, context)
  } catch (error) {
    if (!(error instanceof ProcessError) || !/target is busy/u.test(error.stderrTail)) throw error
    context.note(`"${point}" is in use, and was not unmounted`)
    return emit(`to find the processes that use it, run "fuser -vm ${point}" or "lsof ${point}"`, true)
  }
  emit(`unmounted "${point}"`)
}

// Not in a pipeline, which would end the background process of a file system in user space.
async function run(command: Command, { workingFolder, change }: MountStep, { deps, note, emit }: StepContext): Promise<void> {
  const cwd = workingFolder === undefined ? {} : { workingFolder }
  const stdout = deps.verbose ? deps.stdout : 'nowhere'
  const { notes } = await deps.processes.runCommand(
    { ...command, ...cwd },
    { signal: deps.call.signal, limits: deps.limits.steps, stdout, stdinText: '' },
  )
  // A file system in user space must keep running.
  if (change === 'unmount') for (const text of notes) note(text)
  else for (const text of notes) emit({ kind: 'step-told', step: 'mount', text, isDetail: true })
}

/** The mount point with its links resolved, created if missing. mount(8) uses the path again: no other user may be able to change it. */
async function madePoint(point: string, { deps: { trustsFolders } }: StepContext): Promise<string> {
  try {
    if (trustsFolders === true) {
      await makeFolders(point, 0o755)
      return await realPathOf(point)
    }
    const { folder, problems } = openOrMakeCheckedSync(point, 0o755)
    closeFolderSync(folder)
    refuseForeignPath(folder.path, problems)
    return folder.path
  } catch (error) {
    const hint = error instanceof AppError ? error.hint : undefined
    throw new RunError('mount-failed', `could not mount at "${point}": ${messageOf(error)}`, { cause: error, hint })
  }
}

function mountinfo(): string {
  try {
    return readKernelText('/proc/self/mountinfo')
  } catch (error) {
    throw new RunError('mount-failed', `could not read the list of mounts: ${messageOf(error)}`, { cause: error, hint: 'Mount /proc.' })
  }
}

async function backingFile(device: string): Promise<string | undefined> {
  let path: string
  try {
    path = Buffer.from(readKernelText(`/sys/dev/block/${device}/loop/backing_file`), 'latin1')
      .toString()
      .trimEnd()
  } catch {
    return undefined
  }
  return realPathOf(path).catch(() => path)
}
