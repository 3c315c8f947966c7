import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { buildExecutable } from '../../tools/executable/build-exe.ts'

const SOURCES = ['src/**/*.ts', 'web/**/*', 'share/**/*', 'tools/build.ts', 'tools/executable/*', 'package-lock.json', 'package.json']

/** Builds the executable, unless the one that tests have built before is newer than its sources. Resolves with its folder. */
export async function builtExecutable(root: string): Promise<string> {
  const folder = join(root, 'node_modules/.cache/executable')
  // Written last.
  const built = join(folder, 'SHA256SUMS')
  const sources = globSync(SOURCES, { cwd: root, exclude: ['**/*.test.ts', '**/node_modules/**'] }).map((it) => statSync(join(root, it)).mtimeMs)
  if (!existsSync(built) || statSync(built).mtimeMs < Math.max(...sources)) await buildExecutable(root, folder)
  return folder
}
