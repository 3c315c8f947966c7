import { access } from 'node:fs/promises'
import { namesInSync, unlinkIn } from '../../files/entries.ts'
import { closeFolderSync, type Folder } from '../../files/folder.ts'
import { openExistingFolderSync, openOrMakeFolderSync } from '../../files/open-by-path.ts'
import { readSmallInSync } from '../../files/read-small.ts'
import { replaceFileIn } from '../../files/write-small.ts'
import { errorsOf } from '../../lib/errors.ts'
import { queryTool } from '../../process/tool/run-tool.ts'

export class TimerError extends errorsOf('schedule')<'no-systemd' | 'foreign-unit'> {}

const FOLDER = '/etc/systemd/system'

/** A unit file of this host; undefined if it is missing. */
export function readUnit(name: string): string | undefined {
  return inUnitFolder((folder) => readSmallInSync(folder, name).toString('utf8'))
}

/** The names of the unit files of this host that were not installed by packages. */
export function listUnits(): readonly string[] {
  return inUnitFolder(namesInSync) ?? []
}

function inUnitFolder<T>(read: (folder: Folder) => T): T | undefined {
  try {
    const folder = openExistingFolderSync(FOLDER)
    try {
      return read(folder)
    } finally {
      closeFolderSync(folder)
    }
  } catch {
    return undefined
  }
}

/** Writes the units and enables the timers among them; they are started if systemd is running. Rejects with `schedule/no-systemd`. */
export async function installUnits(units: ReadonlyMap<string, string>): Promise<void> {
  await refuseWithoutSystemd()
  const folder = openOrMakeFolderSync(FOLDER, 0o755)
  try {
    for (const [name, text] of units) await replaceFileIn(folder, name, text, { mode: 0o644, isDurable: true })
  } finally {
    closeFolderSync(folder)
  }
  const timers = timersIn([...units.keys()])
  await systemctl('enable', ...timers)
  if (!(await isRunning())) return
  await systemctl('daemon-reload')
  // A changed timer is only used after it was started again.
  await systemctl('restart', ...timers)
}

/** Stops and disables the timers among the units, and removes all of them. A run that is in progress is not stopped. */
export async function removeUnits(names: readonly string[]): Promise<void> {
  await refuseWithoutSystemd()
  const timers = timersIn(names)
  const running = await isRunning()
  if (running) await systemctl('stop', ...timers)
  await systemctl('disable', ...timers)
  const folder = openOrMakeFolderSync(FOLDER, 0o755)
  try {
    for (const name of names) await unlinkIn(folder, name)
  } finally {
    closeFolderSync(folder)
  }
  if (running) await systemctl('daemon-reload')
}

function timersIn(names: readonly string[]): readonly string[] {
  return names.filter((name) => name.endsWith('.timer'))
}

/** Whether systemd is the init system of this host, and running (sd_booted(3)). */
function isRunning(): Promise<boolean> {
  return access('/run/systemd/system').then(
    () => true,
    () => false,
  )
}

async function refuseWithoutSystemd(): Promise<void> {
  const { exitCode } = await queryTool(['systemctl', '--version'])
  if (exitCode !== 0)
    throw new TimerError('no-systemd', 'systemctl is missing', { hint: 'This host has no systemd: use "enable" without --systemd.' })
}

async function systemctl(...words: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await queryTool(['systemctl', '--quiet', '--no-ask-password', ...words])
  if (exitCode === 0) return
  const lastLine = stderr.trim().split('\n').at(-1)
  throw new TimerError('no-systemd', `systemctl ${words[0]} failed${lastLine ? `: ${lastLine}` : ''}`, {
    hint: 'See "systemctl status" and the journal.',
  })
}
