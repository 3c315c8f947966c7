import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'

/** Writes `main.cjs` and `digest-worker.cjs` to the folder. Resolves with the source files that they contain, relative to the checkout. */
export async function bundleExecutable(root: string, folder: string): Promise<readonly string[]> {
  const entries = { main: 'tools/executable/entry.ts', 'digest-worker': 'src/backup/make/digest-worker.ts' }
  const inputs: string[] = []
  for (const [name, path] of Object.entries(entries)) {
    const { metafile, warnings } = await build({
      ...OPTIONS,
      absWorkingDir: root,
      entryPoints: [path],
      outfile: join(folder, `${name}.cjs`),
      metafile: true,
    })
    if (warnings.length > 0) throw new Error(`the bundle of ${path} has warnings`)
    inputs.push(...Object.keys(metafile?.inputs ?? {}))
  }
  return inputs
}

const OPTIONS = {
  bundle: true,
  platform: 'node',
  // Executables of Node.js 24 cannot start with an ES module.
  format: 'cjs',
  target: 'node24',
  // Identifiers are kept, so that stack traces can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  // By the documentation of Node.js, import() does not work in an executable with compiled code.
  supported: { 'dynamic-import': false },
  legalComments: 'none',
  logLevel: 'warning',
  mainFields: ['module', 'main'],
  define: { 'import.meta.main': 'false', 'import.meta.url': '"file:///"' },
} as const satisfies BuildOptions
