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
import { bundlePages } from '../build.ts'
import { NOT_SHIPPED } from '../share-files.ts'
import { bundleExecutable } from './bundle-exe.ts'
import { writeRecords } from './records.ts'
import { storedZip } from './stored-zip.ts'

const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/**
 * Writes the executable `holdfast` to the folder, with `SHA256SUMS`, `holdfast.cdx.json` (the list of what it contains) and `LICENSES.txt`. Equal
 * sources make equal files, wherever they are.
 */
export async function buildExecutable(root: string, target: string): Promise<void> {
  mkdirSync(target, { recursive: true })
  const program = join(target, 'holdfast')
  if (statSync(program, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`"${program}" is a folder: remove it`)
  // Beside the target, so that it is replaced by a rename: it may be running.
  const work = mkdtempSync(join(target, '.build-'))
  try {
    const inputs = [...(await bundleExecutable(root, work)), ...(await bundlePages(root, join(work, 'web')))]
    refuseWide(readFileSync(join(work, 'main.cjs')))
    const node = join(root, `node_modules/node-linux-${process.arch}/bin/node`)
    const made = join(work, 'holdfast')
    copyFileSync(node, made)
    // Before the injection: a stripped executable would not start.
    execFileSync('strip', [made])
    writeBlob(work, { root, node })
    const postject = [join(root, 'node_modules/postject/dist/cli.js'), 'holdfast', 'NODE_SEA_BLOB', 'holdfast.blob', '--sentinel-fuse', FUSE]
    execFileSync(node, postject, { cwd: work, stdio: ['ignore', 'ignore', 'pipe'] })
    appendFileSync(made, storedZip('__main__.py', readFileSync(join(root, 'tools/executable/__main__.py'))))
    chmodSync(made, 0o755)
    renameSync(made, program)
    writeRecords(root, target, inputs)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

// One character beyond Latin-1 makes V8 store the whole program with two bytes per character.
function refuseWide(bundle: Buffer): void {
  const at = bundle.findIndex((byte) => byte > 127)
  if (at !== -1) throw new Error(`the bundle contains a character beyond ASCII: ${bundle.subarray(Math.max(0, at - 40), at + 20).toString()}`)
}

// The paths are relative, since the blob contains that of the program.
function writeBlob(work: string, { root, node }: { readonly root: string; readonly node: string }): void {
  const share = join(root, 'share')
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
    useCodeCache: true,
    useSnapshot: false,
    execArgv: ['--max-semi-space-size=2', '--disable-warning=ExperimentalWarning', '--disable-sigusr1'],
    execArgvExtension: 'none',
    assets,
  }
  writeFileSync(join(work, 'sea.json'), JSON.stringify(config))
  // With a fixed seed, the code cache is the same every time.
  execFileSync(node, ['--random-seed=1', '--experimental-sea-config', 'sea.json'], { cwd: work, stdio: ['ignore', 'ignore', 'pipe'] })
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
  const target = resolve(process.argv[2] ?? join(root, 'dist'))
  await buildExecutable(root, target)
  console.log(`made ${join(target, 'holdfast')}`)
}
