import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundlePages } from '../build.ts'
import { NOT_SHIPPED } from '../share-files.ts'
import { bundleExecutable } from './bundle-exe.ts'
import { foreignTarget, type Target } from './foreign-target.ts'
import { writeRecords } from './records.ts'
import { storedZip } from './stored-zip.ts'

const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/** The architecture of this machine. */
function ownTarget(root: string): Target {
  const nodePackage = join(root, `node_modules/node-linux-${process.arch}`)
  return { arch: process.arch, nodePackage, start: [join(nodePackage, 'bin/node')] }
}

/**
 * Writes the executable `holdfast` to the folder, with `SHA256SUMS`, `holdfast.cdx.json` (the list of what it contains) and `LICENSES.txt`. Equal
 * sources make equal files, wherever they are.
 */
export async function buildExecutable(root: string, target: string, of: Target = ownTarget(root)): Promise<void> {
  mkdirSync(target, { recursive: true })
  const program = join(target, 'holdfast')
  if (statSync(program, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`"${program}" is a folder: remove it`)
  // Beside the target, so that it is replaced by a rename: it may be running.
  const work = mkdtempSync(join(target, '.build-'))
  try {
    const inputs = await makeBlob(root, work, of.start)
    const made = join(work, 'holdfast')
    copyFileSync(join(of.nodePackage, 'bin/node'), made)
    // Before the injection: a stripped executable would not start. strip(1) knows only the architecture of this machine.
    execFileSync(of.arch === process.arch ? 'strip' : 'llvm-strip', [made])
    const postject = [join(root, 'node_modules/postject/dist/cli.js'), 'holdfast', 'NODE_SEA_BLOB', 'holdfast.blob', '--sentinel-fuse', FUSE]
    execFileSync(process.execPath, postject, { cwd: work, stdio: ['ignore', 'ignore', 'pipe'] })
    appendFileSync(made, storedZip('__main__.py', readFileSync(join(root, 'tools/executable/__main__.py'))))
    chmodSync(made, 0o755)
    renameSync(made, program)
    writeRecords({ root, target, inputs, nodePackage: of.nodePackage })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/**
 * Writes `holdfast.blob` to the folder: all that the executable contains but Node.js. `start`: the Node.js of the target, which makes the code cache.
 * Resolves with the source files in it, relative to the checkout.
 */
export async function makeBlob(root: string, folder: string, start: Target['start']): Promise<readonly string[]> {
  const inputs = [...(await bundleExecutable(root, folder)), ...(await bundlePages(root, join(folder, 'web')))]
  refuseWide(readFileSync(join(folder, 'main.cjs')))
  writeBlob(folder, root, start)
  return inputs
}

// One character beyond Latin-1 makes V8 store the whole program with two bytes per character.
function refuseWide(bundle: Buffer): void {
  const at = bundle.findIndex((byte) => byte > 127)
  if (at !== -1) throw new Error(`the bundle contains a character beyond ASCII: ${bundle.subarray(Math.max(0, at - 40), at + 20).toString()}`)
}

// The paths are relative, since the blob contains that of the program.
function writeBlob(work: string, root: string, start: Target['start']): void {
  const share = join(root, 'share')
  const options = optionsOfLauncher(root)
  const assets = Object.fromEntries([
    ...filesBelow(share)
      .filter((path) => !NOT_SHIPPED.includes(path.split('/')[0] ?? ''))
      .map((path) => [path, join(share, path)] as const),
    ...filesBelow(join(work, 'web')).map((path) => [`web/${path}`, `web/${path}`] as const),
    ['digest-worker.cjs', 'digest-worker.cjs'] as const,
    ...releaseKeys(),
  ])
  const config = {
    main: 'main.cjs',
    output: 'holdfast.blob',
    disableExperimentalSEAWarning: true,
    // Only the Node.js of the target can make one that it accepts.
    useCodeCache: start !== undefined,
    useSnapshot: false,
    execArgv: [...options, '--disable-warning=ExperimentalWarning', '--disable-sigusr1'],
    execArgvExtension: 'none',
    assets,
  }
  writeFileSync(join(work, 'sea.json'), JSON.stringify(config))
  // With a fixed seed, the code cache is the same every time. It is accepted only with the options of V8 with which it was made.
  const [program, ...words] = start ?? [process.execPath]
  execFileSync(program, [...words, ...options, '--random-seed=1', '--experimental-sea-config', 'sea.json'], {
    cwd: work,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

/** The options of V8 with which the launcher starts the Node.js of the program. */
function optionsOfLauncher(root: string): readonly string[] {
  const launcher = readFileSync(join(root, 'holdfast'), 'utf8')
  const own = /^ *tuning='(?<options>--.+)'$/mu.exec(launcher)?.groups?.['options']
  const all = /^exec "\$node" (?<options>--.+) \$tuning /mu.exec(launcher)?.groups?.['options']
  if (own === undefined || all === undefined) throw new Error('the launcher does not start Node.js as expected')
  return [...all.split(' '), ...own.split(' ')]
}

/** The public keys with which `upgrade` verifies releases, if the build is given any. */
function releaseKeys(): readonly (readonly [string, string])[] {
  const file = process.env['HOLDFAST_RELEASE_KEYS']
  return file === undefined ? [] : [['release-keys.pem', resolve(file)]]
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name).slice(folder.length + 1))
    .toSorted()
}

if (import.meta.main) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
  const { values, positionals } = parseArgs({ options: { arch: { type: 'string' }, emulator: { type: 'string' } }, allowPositionals: true })
  const { arch = process.arch, emulator } = values
  const isOwn = arch === process.arch
  const target = resolve(positionals[0] ?? join(root, isOwn ? 'dist' : `dist/${arch}`))
  await buildExecutable(root, target, isOwn ? undefined : await foreignTarget(root, arch, emulator))
  console.log(`made ${join(target, 'holdfast')}`)
}
