import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleProgram } from './build.ts'

/**
 * Makes the launchers of the checkout start the program as on hosts, from few files: this takes two thirds of the time, and tests start it some
 * thousand times. The files are mounted in a namespace that ends with the tests, so that the checkout never contains a bundle older than its sources;
 * if this is not possible, the sources are started.
 */
export async function mountBundle(root: string): Promise<void> {
  if (process.env['HOLDFAST_OWN_MOUNTS'] !== '1') return
  // Once is sufficient, also for tests of the runner.
  delete process.env['HOLDFAST_OWN_MOUNTS']
  const bundle = mkdtempSync(join(tmpdir(), 'bundle-'))
  await bundleProgram(root, bundle)
  const place = join(root, 'lib/holdfast')
  mkdirSync(place, { recursive: true })
  execFileSync('mount', ['--bind', bundle, place])
}
