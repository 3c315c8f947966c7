import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type OutputOptions, rolldown } from 'rolldown'
import { build as buildPages } from 'vite'

const RUNTIME = `node_modules/node-linux-${process.arch}/bin/node`

/** Files of the checkout that a host needs in addition to the bundle. The runtime keeps its location, so that the same launcher can be used. */
const SHIPPED = ['holdfast', 'palhm', 'palhm.py', 'KristaBackup.py', 'python', 'share', 'examples', 'LICENSE', RUNTIME]

const PROGRAM = 'lib/holdfast/main.cjs'

/**
 * Writes into `target`, which is made anew, everything that a host needs to run the program: one folder, started by its `holdfast`, with the runtime in it
 * and no packages. Names are kept, so that a stack trace can be read. The files lie two folders deep, as the sources do, and find the rest by that. A folder
 * that holds anything but an earlier build is refused, and left as it is.
 */
export async function buildFolder(root: string, target: string): Promise<void> {
  if (existsSync(target) && !existsSync(join(target, PROGRAM)) && readdirSync(target).length > 0)
    throw new Error(`"${target}" contains other files: choose an empty or new folder`)
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  for (const path of SHIPPED) cpSync(join(root, path), join(target, path), { recursive: true, filter: (source) => !source.endsWith('__pycache__') })
  chmodSync(join(target, RUNTIME), 0o755)
  writeFileSync(join(target, 'package.json'), packageFile(readFileSync(join(root, 'package.json'), 'utf8')))
  await bundleProgram(root, join(target, dirname(PROGRAM)))
  await bundlePages(root, join(target, 'share/web'))
}

/** The folder is also a package for npm, which needs no other packages. npm leaves out the Node.js in it. */
function packageFile(text: string): string {
  const { name, version, description, license, type, engines } = JSON.parse(text) as Readonly<Record<string, unknown>>
  // npm leaves out symbolic links; the name of the link that it makes is sufficient.
  const bin = { holdfast: './holdfast', palhm: './holdfast', 'palhm.py': './palhm.py', 'KristaBackup.py': './KristaBackup.py' }
  return `${JSON.stringify({ name, version, description, license, type, engines, os: ['linux'], bin }, null, 2)}\n`
}

/**
 * Writes the pages of `holdfast web` into the folder, which is made anew: `index.html`, and `assets/`, whose names change with what is in them.
 * Resolves with the source files that they contain, relative to the checkout.
 */
export async function bundlePages(root: string, folder: string): Promise<readonly string[]> {
  const result = await buildPages({ configFile: join(root, 'web/vite.config.ts'), build: { outDir: folder, emptyOutDir: true }, logLevel: 'warn' })
  const outputs = Array.isArray(result) ? result.flatMap(({ output }) => output) : 'output' in result ? result.output : []
  return outputs.flatMap((it) => (it.type === 'chunk' ? it.moduleIds : [])).map((path) => relative(root, path.replace(/^\0/u, '')))
}

const MAIN = 'src/main.ts'
// Each is one file. The code of the thread is given to it as text, and cannot import other files.
const ALONE = { 'digest-worker': 'src/backup/make/digest-worker.ts', 'observe-dump': 'src/observe-dump.ts' }

/** Writes the program as few files to the folder: `main.cjs`, which has the exports of src/main.ts, and the modules that it loads. */
export async function bundleProgram(root: string, folder: string): Promise<void> {
  const entries = [MAIN, ...Object.values(ALONE)].map((path) => join(root, path))
  // The entry stays in its own file: it asks whether it is what Node.js was started with.
  const test = (id: string) => !entries.includes(id)
  const groups = [
    // All that every command needs is one file; of the rest, those modules are together which the same commands need.
    { name: 'start', tags: ['$initial' as const], priority: 2, test },
    { name: 'part', entriesAware: true, test },
  ]
  await bundle(root, folder, { input: { main: MAIN }, entries, codeSplitting: { groups } })
  for (const [name, path] of Object.entries(ALONE)) await bundle(root, folder, { input: { [name]: path }, entries, codeSplitting: false })
}

// Those that take more than a moment to load.
const LARGE =
  /^let (?<name>\w+) = require\("node:(?:child_process|crypto|dgram|dns|fs\/promises|https?|http2|net|readline|sqlite|stream(?:\/\w+)?|timers\/promises|tls|worker_threads|zlib)"\);$/gmu

/**
 * Large modules of Node.js are loaded when something in them is used, since most files of the bundle import some that a command never uses:
 * `node_crypto.createHash` becomes `node_crypto().createHash`.
 */
export function onDemand(code: string): string {
  const names = [...code.matchAll(LARGE)].map(({ groups }) => groups?.['name'] ?? '')
  // Not a module that is also used as a whole.
  const lazy = names.filter((name) => [...code.matchAll(new RegExp(`${aloneAs(name)}(?!\\.)`, 'gu'))].length === 1)
  const called = lazy.reduce(
    (text, name) =>
      text.replaceAll(new RegExp(`(?<isNew>\\bnew )?${aloneAs(name)}\\.`, 'gu'), (_, isNew) => (isNew ? `new (${name}()).` : `${name}().`)),
    code,
  )
  return called.replaceAll(LARGE, (line, name: string) =>
    lazy.includes(name) ? `${line.replace(/^let \w+ = /u, `let ${name}$; const ${name} = () => ${name}$ ??= `)}` : line,
  )
}

function aloneAs(name: string): string {
  return `(?<![\\w$.])${name}(?![\\w$])`
}

interface Bundling {
  readonly input: Record<string, string>
  /** The source files that do something when they are loaded. */
  readonly entries: readonly string[]
  readonly codeSplitting: OutputOptions['codeSplitting']
}

async function bundle(root: string, folder: string, { input, entries, codeSplitting = true }: Bundling): Promise<void> {
  const bundled = await rolldown({
    cwd: root,
    input,
    platform: 'node',
    plugins: [{ name: 'started', renderChunk: (code) => onDemand(code.replace('if ({}.main) {', 'if (require.main === module) {')) }],
    // If a package has both forms, the one for require() loads its parts by names computed at run time.
    resolve: { mainFields: ['module', 'main'] },
    transform: { target: 'node24' },
    // Our modules do nothing when they are loaded, so that a command does not load what it only might have needed.
    treeshake: { moduleSideEffects: (id) => !id.startsWith(join(root, 'src/')) || entries.includes(id) },
    // Some modules are loaded on demand in one place and at once in another.
    // `import.meta.main` is replaced above.
    checks: { ineffectiveDynamicImport: false, emptyImportMeta: false },
  })
  await bundled.write({
    dir: folder,
    // The compiled code of these can be stored after they were executed: see share/compile-cache.cjs.
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    comments: { legal: true, annotation: false, jsdoc: false },
    codeSplitting,
  })
  await bundled.close()
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const target = process.argv[2] ?? join(root, 'dist/folder/holdfast')
  await buildFolder(root, target)
  console.log(`made ${target}`)
}
