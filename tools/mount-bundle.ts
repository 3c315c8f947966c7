import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleProgram } from './build.ts'

/**
 * Has the launchers of the checkout start the program as hosts get it, in few files: it starts in two thirds of the time, and tests start it some thousand
 * times. They are mounted, in a namespace that ends with the tests, so that the checkout never has any that are older than its sources; elsewhere nothing
 * is done, and the sources are started.
 */
export async function mountBundle(root: string): Promise<void> {
  if (process.env['HOLDFAST_OWN_MOUNTS'] !== '1') return
  // One is enough, for tests of the runner as well.
  delete process.env['HOLDFAST_OWN_MOUNTS']
  const bundle = mkdtempSync(join(tmpdir(), 'bundle-'))
  await bundleProgram(root, bundle)
  const place = join(root, 'lib/holdfast')
  mkdirSync(place, { recursive: true })
  execFileSync('mount', ['--bind', bundle, place])
}
