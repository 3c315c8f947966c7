import { statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

/**
 * The name by which the program was called, as the launchers pass it: KristaBackup's as an absolute path, since its configuration is beside it. Without
 * a slash, the shell has found it in a folder of `PATH`.
 */
export function calledAs(argv0: string, path = ''): string {
  const name = basename(argv0)
  if (!/^krista/iu.test(name)) return name || 'holdfast'
  if (argv0.includes('/')) return resolve(argv0)
  const found = path
    .split(':')
    .map((folder) => resolve(join(folder, name)))
    .find(isExecutable)
  return found ?? name
}

function isExecutable(path: string): boolean {
  const facts = statSync(path, { throwIfNoEntry: false })
  return facts?.isFile() === true && (facts.mode & 0o111) !== 0
}
