import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bundlePages } from '../../tools/build.ts'

/** Builds the pages where the server of the checkout reads them, unless they are newer than their sources. The runner does so before the tests. */
export async function buildPagesOnce(root: string): Promise<void> {
  const built = join(root, 'dist/web/index.html')
  const sources = globSync('web/**/*.{ts,tsx,css,html,svg}', { cwd: root }).map((it) => statSync(join(root, it)).mtimeMs)
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...sources)) return
  await bundlePages(root, join(root, 'dist/web'))
}
