import { readFile, realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { makeFolders } from '../../files/make-folders.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Command } from '../../plan/command.ts'
import type { MountStep } from '../../plan/host-steps.ts'
import { ProcessError } from '../../process/result.ts'
import type { MountEntry } from '../../storage/mountinfo.ts'
import type { StepContext } from '../run-context.ts'
import { RunError } from '../run-error.ts'
import { hostTool } from './host-program.ts'
import { isOfDevice, mountedAt } from './mounted-at.ts'

/**
 * Mounts a device, and is content where it is mounted already; another one there is a failure, and so is whatever mount(8) refuses. Unmounts; what is in use is
 * noted, what is not mounted is noted as an error, and stays as it is.
 */
export async function runMount(step: MountStep, context: StepContext): Promise<undefined> {
  const point = resolve(step.workingFolder ?? '.', step.point)
  const there = await mountedAt(point, await mountinfo())
  await (step.change === 'mount' ? mount(step, { point, there }, context) : unmount(step, { point, there }, context))
}

interface Place {
  readonly point: string
  readonly there: MountEntry | undefined
}

async function mount(step: MountStep, { point, there }: Place, context: StepContext): Promise<void> {
  const { device = '', fsType, options, dry, name = 'mount' } = step
  const tell = (text: string) => context.tell({ kind: 'step-told', step: name, text, isDetail: false })
  if (there !== undefined) {
    if (await isOfDevice(there, device, { backingFile })) return tell(`"${device}" is mounted at "${point}" already`)
    throw new RunError('mount-failed', `"${there.source}" is mounted at "${point}", not "${device}"`, {
      hint: 'Unmount what is there, or correct the device of the step.',
    })
  }
  if (dry === true) return tell(`would mount "${device}" at "${point}"`)
  await makeFolders(point, 0o755)
  await run(hostTool(['mount', ...options, ...(fsType === undefined ? [] : ['-t', fsType]), '--', device, point]), step, context)
  if ((await mountedAt(point, await mountinfo())) === undefined)
    throw new RunError('mount-failed', `mount(8) was content, but nothing is mounted at "${point}"`)
  tell(`mounted "${device}" at "${point}"`)
}

async function unmount(step: MountStep, { point, there }: Place, context: StepContext): Promise<void> {
  const { options, dry, name = 'unmount' } = step
  const tell = (text: string, isDetail = false) => context.tell({ kind: 'step-told', step: name, text, isDetail })
  // Whoever unmounted it may have done so before the backup.
  if (there === undefined) return context.tell({ kind: 'note', text: `nothing is mounted at "${point}"`, isError: true })
  if (dry === true) return tell(`would unmount "${point}"`)
  try {
    await run(hostTool(['umount', ...options, '--', point]), step, context)
  } catch (error) {
    if (!(error instanceof ProcessError) || !/target is busy/u.test(error.stderrTail)) throw error
    context.note(`"${point}" is in use and stays mounted`)
    return tell(`"fuser -vm ${point}" or "lsof ${point}" shows by whom`, true)
  }
  tell(`unmounted "${point}"`)
}

// Not in a pipeline, which would end what a file system in user space leaves running for itself.
async function run(command: Command, { workingFolder, change }: MountStep, { deps, note, tell }: StepContext): Promise<void> {
  const cwd = workingFolder === undefined ? {} : { workingFolder }
  const stdout = deps.verbose ? deps.stdout : 'nowhere'
  const { notes } = await deps.processes.runCommand(
    { ...command, ...cwd },
    { signal: deps.call.signal, limits: deps.limits.steps, stdout, stdinText: '' },
  )
  // A file system in user space is meant to be left running.
  if (change === 'unmount') for (const text of notes) note(text)
  else for (const text of notes) tell({ kind: 'step-told', step: 'mount', text, isDetail: true })
}

async function mountinfo(): Promise<string> {
  try {
    return await readFile('/proc/self/mountinfo', 'utf8')
  } catch (error) {
    throw new RunError('mount-failed', `cannot see what is mounted: ${messageOf(error)}`, { cause: error, hint: 'Mount /proc.' })
  }
}

async function backingFile(device: string): Promise<string | undefined> {
  const path = await readFile(`/sys/dev/block/${device}/loop/backing_file`, 'utf8').catch(() => undefined)
  return path === undefined ? undefined : await realpath(path.trimEnd()).catch(() => path.trimEnd())
}
