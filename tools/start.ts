import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Comparison, compareTrees } from './compare-trees.ts'
import { shellBlocks } from './shell-blocks.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const backups = join(root, 'var/backups')
const restored = join(root, 'var/restored')
const began = new Date()

// The owner of the checkout could have written the program itself.
const HOLDFAST = ['./holdfast', '-q', '--allow-unsafe-permissions']

class Failure extends Error {}

function say(what: string, text: string): void {
  console.log(`${what.padEnd(11)} ${text}`)
}

/** Runs a program; its output is shown only if it fails. */
function run(what: string, [program = '', ...args]: readonly string[], cwd = root): void {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' })
  if (status === 0) return
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`)
  throw new Failure(`${what} failed: ${error?.message ?? `ended with ${signal ?? status}`}`)
}

/** The checked-in configuration; if zstd is missing, a copy of it that uses gzip. */
function chooseConfiguration(): string {
  const example = join(root, 'examples/palhm/this-machine.jsonc')
  if (existsSync('/bin/zstd')) return example
  const copy = join(root, 'var/this-machine.jsonc')
  mkdirSync(join(root, 'var'), { recursive: true })
  const text = readFileSync(example, 'utf8').replaceAll('filter-zstd-plain', 'filter-gzip-plain').replaceAll('.tar.zst', '.tar.gz')
  writeFileSync(copy, text.replace('../../share/', '../share/'))
  say('note', `zstd is missing: using gzip, with a copy of the configuration, ${copy}`)
  return copy
}

function setsThere(): string[] {
  return existsSync(backups) ? readdirSync(backups).filter((name) => !name.startsWith('.')) : []
}

function backUp(configuration: string): string {
  const before = setsThere()
  run('the backup', [...HOLDFAST, '-f', configuration, 'run'])
  const [set, ...more] = setsThere().filter((name) => !before.includes(name))
  if (set === undefined || more.length > 0) throw new Failure(`the backup succeeded, but ${backups} does not contain exactly one new set`)
  const folder = join(backups, set)
  const { objects } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { readonly objects: readonly { readonly bytes: number }[] }
  const kibibytes = Math.ceil(objects.reduce((sum, it) => sum + it.bytes, 0) / 1024)
  say('backed up', `${objects.length} objects, ${kibibytes} KiB, in the set ${set}`)
  return folder
}

/** Restores the set without Holdfast: runs the commands of its RESTORE.md in a plain shell. */
function restore(folder: string): void {
  rmSync(restored, { recursive: true, force: true })
  const script = join(root, 'var/restore.sh')
  const destination = `export DEST='${restored.replaceAll("'", "'\\''")}'`
  writeFileSync(script, [destination, ...shellBlocks(readFileSync(join(folder, 'RESTORE.md'), 'utf8'))].join('\n'))
  run('the restore', ['env', '-i', 'PATH=/usr/bin:/bin', 'sh', '-eu', script], folder)
  say('restored', `to ${restored}, with the commands of the set's RESTORE.md`)
}

function compare(): void {
  const folder = readdirSync(restored).find((name) => existsSync(join(restored, name, 'etc')))
  if (folder === undefined) throw new Failure(`no folder "etc" found in ${restored}`)
  const result: Comparison = compareTrees('/etc', join(restored, folder, 'etc'), began)
  say('compared', `with /etc: ${result.equal} entries are equal`)
  report('changed in the meantime and not compared', result.changed)
  report('not in the set because you cannot read them', result.unreadable)
  report('different', result.different)
  if (result.different.length > 0) throw new Failure('the restored files differ from /etc')
}

function report(what: string, paths: readonly string[]): void {
  if (paths.length > 0) say('', `${paths.length} ${what}:\n${paths.map((path) => `              /etc/${path}`).join('\n')}`)
}

try {
  console.log(`Holdfast backs up this machine, verifies the set, restores it, and compares the result with the original.\n`)
  const configuration = chooseConfiguration()
  const folder = backUp(configuration)
  run('the check', [...HOLDFAST, '-f', configuration, 'verify'])
  say('verified', 'the sizes and digests of all objects match the manifest')
  restore(folder)
  compare()
  console.log(`\nSet:             ${folder}\nConfiguration:   ${configuration}\nNext step:       docs/guide/first-backup.md`)
} catch (error) {
  console.error(`\n${error instanceof Failure ? error.message : String(error)}`)
  process.exitCode = 1
}
