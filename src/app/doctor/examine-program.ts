import { join } from 'node:path'
import { isSamePath } from '../../files/trust/real-path.ts'
import { correctingCommand, describeDistrust } from '../../files/trust/trust.ts'
import { closeWalked, walkPath } from '../../files/trust/trusted-path.ts'
import { KIND, PROGRAM, RUNNING, VERSION } from '../../lib/assets.ts'
import { printable } from '../../lib/format.ts'
import { nullDeviceFault } from '../../process/null-device.ts'
import type { Host } from '../host/host.ts'
import { fileExists } from '../host/load-plan.ts'
import { configTruster } from '../host/trusted-reader.ts'
import type { Diagnosis } from './diagnosis.ts'

const KINDS = { executable: 'one executable file', package: 'a package', folder: 'a folder', sources: 'a checkout of the sources' } as const

/** The version, the users who could replace the program that cron or systemd runs, and the device that every program needs. */
export async function examineProgram({ env }: Host): Promise<readonly Diagnosis[]> {
  const good: Diagnosis = { area: 'program', state: 'ok', message: `holdfast ${VERSION}, ${KINDS[KIND]}: ${printable(PROGRAM)}` }
  const node: Diagnosis = { area: 'program', state: 'ok', message: `Node.js ${process.version} (${process.arch})` }
  return [good, node, ...(await replaceable()), ...nullDevice(), ...(await otherOnPath(env['PATH'] ?? ''))]
}

function nullDevice(): readonly Diagnosis[] {
  const fault = nullDeviceFault()
  return fault === undefined ? [] : [{ area: 'program', state: 'error', message: fault.what, ...(fault.hint !== undefined && { hint: fault.hint }) }]
}

async function replaceable(): Promise<readonly Diagnosis[]> {
  const who = configTruster()
  const found = new Map<string, Diagnosis>()
  for (const path of new Set([PROGRAM, RUNNING])) {
    const walked = await walkPath(path, who)
    await closeWalked(walked)
    for (const it of walked.problems)
      found.set(it.path, {
        area: 'program',
        state: 'error',
        message: `another user could replace the program: ${describeDistrust(it.path, it.distrust, it.facts)}`,
        hint: `Check it, then run "${correctingCommand(it, who)}", or install the program in a folder that belongs to root.`,
      })
  }
  return [...found.values()]
}

/** A user who types "holdfast" would start another program than the schedules. */
async function otherOnPath(searchPath: string): Promise<readonly Diagnosis[]> {
  for (const folder of searchPath.split(':')) {
    const path = join(folder, 'holdfast')
    if (!folder.startsWith('/') || !(await fileExists(path))) continue
    if (await isSamePath(path, PROGRAM)) return []
    const message = `"holdfast" is found in PATH as "${printable(path)}", which is not this program`
    return [{ area: 'program', state: 'warning', message, hint: 'Remove one of them, or schedule the tasks again with the one that you keep.' }]
  }
  return []
}
