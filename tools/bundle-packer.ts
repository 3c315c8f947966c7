import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

/** The packer as one file without imports of other modules: it is passed to Node.js as text, which cannot import files beside it. */
export function bundlePacker(): string {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: ['src/pack-tar.ts'],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    banner: { js: '// Made of src/pack-tar.ts by "npm run generate".' },
    logLevel: 'warning',
  })
  return outputFiles[0]?.text ?? ''
}
