import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildExecutable } from '../../tools/executable/build-exe.ts'

const SOURCES = ['src/**/*.ts', 'web/**/*', 'share/**/*', 'tools/build.ts', 'tools/executable/*', 'package-lock.json', 'package.json']

const folderIn = (root: string) => join(root, 'node_modules/.cache/executable')

/** Builds the executable, unless the one that tests have built before is newer than its sources. Resolves with its folder. */
export async function builtExecutable(root: string): Promise<string> {
  const folder = folderIn(root)
  if (isBuilt(root)) return folder
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
  // Several files with tests need it at the same time: one builds it, and the others wait.
  await promisify(execFile)('flock', [`${folder}.lock`, process.execPath, fileURLToPath(import.meta.url), root])
  return folder
}

function isBuilt(root: string): boolean {
  // Written last.
  const built = join(folderIn(root), 'SHA256SUMS')
  const sources = globSync(SOURCES, { cwd: root, exclude: ['**/*.test.ts', '**/node_modules/**'] }).map((it) => statSync(join(root, it)).mtimeMs)
  return existsSync(built) && statSync(built).mtimeMs >= Math.max(...sources)
}

if (import.meta.main) {
  const [, , root = ''] = process.argv
  if (!isBuilt(root)) await buildExecutable(root, folderIn(root))
}
