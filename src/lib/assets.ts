import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import about from '../../package.json' with { type: 'json' }

// The only file that knows where the program is and what belongs to it, as sources (`src/lib/assets.ts`) or as a bundle (`lib/holdfast/*.mjs`).

/** The version, from the package. */
export const VERSION: string = about.version

/** The folder of the installation, without a slash at its end. */
export const OWN_ROOT: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/u, '')

/** What is shipped beside the program: PALHM's shared commands, the packer, units. */
export const SHARE: string = join(OWN_ROOT, 'share')

/** The Node.js that runs the program. */
export const NODE: string = process.execPath

const isSource = extname(import.meta.url) === '.ts'

/** The code of the thread that digests (`backup/make/digest-worker.ts`), and what a worker that gets it as text has to know of it. */
export const DIGEST_WORKER: { readonly file: string; readonly inputType: 'module-typescript' | 'module' } = {
  file: fileURLToPath(new URL(isSource ? '../backup/make/digest-worker.ts' : './digest-worker.mjs', import.meta.url)),
  inputType: isSource ? 'module-typescript' : 'module',
}
