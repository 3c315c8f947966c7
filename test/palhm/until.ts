import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../support/time-limits.ts'

/** Resolves as soon as an object of the present run holds bytes. */
export async function untilWritten(root: string, path: string): Promise<void> {
  const work = join(root, '.holdfast-work')
  await until(
    () => existsSync(work) && readdirSync(work).some((run) => (statSync(join(work, run, 'set', path), { throwIfNoEntry: false })?.size ?? 0) > 0),
  )
}
