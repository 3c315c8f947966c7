import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const PATIENCE_MS = 90_000

/** Resolves as soon as it is so; rejects after a minute and a half. */
export async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${isSo}`)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}

/** Resolves as soon as an object of the present run holds bytes. */
export async function untilWritten(root: string, path: string): Promise<void> {
  const work = join(root, '.holdfast-work')
  await until(
    () => existsSync(work) && readdirSync(work).some((run) => (statSync(join(work, run, 'set', path), { throwIfNoEntry: false })?.size ?? 0) > 0),
  )
}
