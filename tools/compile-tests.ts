import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const SOURCES = '{src,test,tools,bench,web/src}/**/*.{ts,tsx}'

/**
 * Fills the compile cache of Node.js (NODE_COMPILE_CACHE, in `cache`) with these files and what they import, unless that was done since the newest of the
 * sources: a process that loads only one file that is not in it has to load the compiler of TypeScript, which takes as long as all the rest of its
 * start. Nothing of the files is executed.
 */
export function compileTests(root: string, { files, cache }: { readonly files: readonly string[]; readonly cache: string }): void {
  const mark = join(cache, 'complete')
  const newest = Math.max(...globSync(SOURCES, { cwd: root }).map((it) => statSync(join(root, it)).mtimeMs))
  if ((statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= newest) return
  // The graph of modules is loaded, and then refused, since a name is missing in it.
  const imports = files.map((it) => `import ${JSON.stringify(pathToFileURL(join(root, it)).href)}`)
  const graph = [...imports, 'import { missing } from "data:text/javascript,"'].join('\n')
  const script = `import { flushCompileCache } from 'node:module'
await import('data:text/javascript,' + encodeURIComponent(${JSON.stringify(graph)})).catch((error) => {
  if (!(error instanceof SyntaxError) || !/missing/u.test(error.message)) throw error
})
flushCompileCache()`
  const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
    stdio: 'ignore',
  })
  if (status !== 0) return
  mkdirSync(cache, { recursive: true })
  writeFileSync(mark, '')
  utimesSync(mark, new Date(), new Date(Math.ceil(newest)))
}
