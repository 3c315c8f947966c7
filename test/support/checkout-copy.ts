import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** Copies the sources of a checkout to another folder, and mounts its installed packages there. Returns what ends the mount. Needs root. */
export function copyCheckout(checkout: string, copy: string): () => void {
  const files = execFileSync('git', ['-C', checkout, 'ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter(Boolean)
  for (const path of files) cpSync(join(checkout, path), join(copy, path), { verbatimSymlinks: true })
  const packages = join(copy, 'node_modules')
  mkdirSync(packages)
  execFileSync('mount', ['--bind', join(checkout, 'node_modules'), packages])
  return () => void execFileSync('umount', [packages])
}
