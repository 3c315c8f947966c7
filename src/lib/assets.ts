import { existsSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { getAssetKeys, getRawAsset, isSea } from 'node:sea'
import { fileURLToPath } from 'node:url'
import about from '../../package.json' with { type: 'json' }

// The only module that knows the location of the program and its files: as sources (`src/lib/assets.ts`), as a bundle (`lib/holdfast/*.cjs`), or as one
// executable file that contains everything (`npm run build:exe`).

/** The version in the package. */
export const VERSION: string = about.version

const isExecutable = isSea()
const isSource = !isExecutable && extname(import.meta.url) === '.ts'

/** The folder of the installation, without a trailing slash. */
export const OWN_ROOT: string = isExecutable ? dirname(process.execPath) : fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/u, '')

/**
 * The path by which the program is started: by crontab lines, units, the web server. Packages have the executable in `libexec/holdfast`, and a launcher
 * in `bin`.
 */
export const PROGRAM: string = isExecutable
  ? process.execPath.replace(/^(?<prefix>.*)\/libexec\/holdfast\/holdfast$/u, '$<prefix>/bin/holdfast')
  : join(OWN_ROOT, 'holdfast')

/** How the program was installed. */
export const KIND: 'executable' | 'package' | 'folder' | 'sources' = isExecutable
  ? PROGRAM === process.execPath
    ? 'executable'
    : 'package'
  : isSource
    ? 'sources'
    : 'folder'

/** The path under which the program reads KristaBackup's configurations and command lines. The executable needs a link of this name beside it. */
export const KRISTA_PROGRAM: string = krista()

function krista(): string {
  const path = join(dirname(PROGRAM), 'KristaBackup.py')
  return !isExecutable || existsSync(path) ? path : PROGRAM
}

/** Whether a path, with links resolved, belongs to this installation. */
export function isOwnProgram(path: string): boolean {
  return isExecutable ? [process.execPath, PROGRAM, KRISTA_PROGRAM].includes(path) : path.startsWith(`${OWN_ROOT}/`)
}

/** The program that runs this process: Node.js, or the executable. */
export const RUNNING: string = process.execPath

/** Files shipped with the program: PALHM's shared commands, the pages. In the executable, a folder that cannot exist; it has `embeddedFile`. */
export const SHARE: string = isExecutable ? join(process.execPath, 'share') : join(OWN_ROOT, 'share')

/** The contents of a file of `SHARE`, by its path, if the executable contains it; otherwise the file is read from `SHARE`. */
export function embeddedFile(path: string): Buffer | undefined {
  if (!isExecutable || !path.startsWith(`${SHARE}/`)) return undefined
  const key = path.slice(SHARE.length + 1)
  return getAssetKeys().includes(key) ? Buffer.from(getRawAsset(key)) : undefined
}

/** The paths of the files below a folder of `SHARE` that the executable contains. */
export function embeddedFiles(folder: string): readonly string[] {
  return isExecutable
    ? getAssetKeys()
        .map((key) => join(SHARE, key))
        .filter((path) => path.startsWith(`${folder}/`))
    : []
}

/** The option by which the executable runs one of its own scripts instead of the command line (`tools/executable/entry.ts`). */
const OWN_SCRIPT = '--own-script='

/** The command that runs Node.js on the text of a script: `[...EVALUATE, text, ...words]`. */
export const EVALUATE: readonly string[] = isExecutable ? [process.execPath, `${OWN_SCRIPT}text`] : [process.execPath, '-e']

type Words = readonly [string, ...string[]]

/** Programs of Holdfast that are stages of pipelines: a copy of an SQLite database, and facts about the host. */
export const OWN_PROGRAMS: { readonly copySqlite: Words; readonly hostFacts: Words } = isExecutable
  ? { copySqlite: [process.execPath, `${OWN_SCRIPT}copy-sqlite`], hostFacts: [process.execPath, `${OWN_SCRIPT}host-facts`] }
  : {
      copySqlite: [process.execPath, '--disable-warning=ExperimentalWarning', join(SHARE, 'copy-sqlite.mjs')],
      hostFacts: ['/bin/sh', join(SHARE, 'host-facts.sh')],
    }

// The script of the packer is read from descriptor 5, since its stdin is the list of files. An error that is not caught would be printed with the whole script.
const LOAD_PACKER =
  "import{readFileSync}from'node:fs';await import('data:text/javascript,'+encodeURIComponent(readFileSync(5))).catch(({message})=>{console.error(message);process.exit(1)})"

/** The packer (`src/pack-tar.ts`): the words after the path of the running program, and the file that it reads from descriptor 5, if any. */
export const PACKER: { readonly words: readonly string[]; readonly script?: string } = isExecutable
  ? { words: [`${OWN_SCRIPT}pack-tar`] }
  : // The heap for short-lived objects is kept small.
    { words: ['--max-semi-space-size=2', '--input-type=module', `--eval=${LOAD_PACKER}`], script: join(SHARE, 'pack-tar.mjs') }

/** The observer of dumps (`src/observe-dump.ts`): a stage of pipelines. */
export const OBSERVER: Words = isExecutable
  ? [process.execPath, `${OWN_SCRIPT}observe-dump`]
  : // The heap for short-lived objects is kept small.
    [process.execPath, '--max-semi-space-size=2', fileURLToPath(new URL(isSource ? '../observe-dump.ts' : './observe-dump.cjs', import.meta.url))]

/** The code of the digest thread (`backup/make/digest-worker.ts`), and the options for a worker that receives it as text. */
export const DIGEST_WORKER: { readonly file: string; readonly inputType: 'module-typescript' | 'commonjs' } = isExecutable
  ? { file: join(SHARE, 'digest-worker.cjs'), inputType: 'commonjs' }
  : {
      file: fileURLToPath(new URL(isSource ? '../backup/make/digest-worker.ts' : './digest-worker.cjs', import.meta.url)),
      inputType: isSource ? 'module-typescript' : 'commonjs',
    }
