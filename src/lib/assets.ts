import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import about from '../../package.json' with { type: 'json' }

// The only module that knows the location of the program and its files, as sources (`src/lib/assets.ts`) or as a bundle (`lib/holdfast/*.mjs`).

/** The version in the package. */
export const VERSION: string = about.version

/** The folder of the installation, without a trailing slash. */
export const OWN_ROOT: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/u, '')

/** Files shipped with the program: PALHM's shared commands, the packer, units. */
export const SHARE: string = join(OWN_ROOT, 'share')

/** The Node.js that runs the program. */
export const NODE: string = process.execPath

const isSource = extname(import.meta.url) === '.ts'

/** The code of the digest thread (`backup/make/digest-worker.ts`), and the options for a worker that receives it as text. */
export const DIGEST_WORKER: { readonly file: string; readonly inputType: 'module-typescript' | 'module' } = {
  file: fileURLToPath(new URL(isSource ? '../backup/make/digest-worker.ts' : './digest-worker.mjs', import.meta.url)),
  inputType: isSource ? 'module-typescript' : 'module',
}
