import assert from 'node:assert/strict'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setsIn } from './sets.ts'
import { type Ending, openSetup, type Setup } from './setup.ts'
import { assertClean } from './simple-plan.ts'

const source = fileURLToPath(new URL('../../src/', import.meta.url))
const BY_MARKER = 'backup/object-store/object-store-sets.ts'
/** Steps and storages of other kinds, which have proofs of their own. */
const ELSEWHERE = /^(?:file-sets|storage\/(?:s3|rclone))\//u

/** All there are. */
export const EVERY_POINT: readonly string[] = [...pointsOf(() => true)].toSorted()

/** The named points of a run, on storages that publish by a rename. The source is asked, so that none is forgotten here. */
export const POINTS: readonly string[] = [...pointsOf((file) => file !== BY_MARKER && !ELSEWHERE.test(file))]
  .filter((point) => !/^(restore|several|copy|into-database)-/u.test(point))
  .toSorted()

/** Those that only a run comes to which makes a set on several storages. */
export const SEVERAL_POINTS: readonly string[] = EVERY_POINT.filter((point) => point.startsWith('several-'))

/** Those of bringing sets from one storage to another. */
export const COPY_POINTS: readonly string[] = EVERY_POINT.filter((point) => point.startsWith('copy-'))

/** Those of bringing a set back. */
export const RESTORE_POINTS: readonly string[] = EVERY_POINT.filter((point) => point.startsWith('restore-'))

/** Those of loading a dump into a database. */
export const INTO_DATABASE_POINTS: readonly string[] = EVERY_POINT.filter((point) => point.startsWith('into-database-'))

/** Those of packing a folder into an archive. */
export const ARCHIVE_POINTS: readonly string[] = [...pointsOf((file) => file.startsWith('file-sets/'))]
  .filter((point) => point.startsWith('archive-'))
  .toSorted()

/** The named points of storages without rename. */
export const MARKER_POINTS: readonly string[] = [...pointsOf((file) => file === BY_MARKER)].toSorted()

/** The named points of S3 storages themselves. */
export const S3_POINTS: readonly string[] = [...pointsOf((file) => file.startsWith('storage/s3/'))].toSorted()

function pointsOf(isWanted: (file: string) => boolean): ReadonlySet<string> {
  const files = globSync('**/*.ts', { cwd: source }).filter((file) => !/\.(test|suite)\.ts$/u.test(file) && isWanted(file))
  const calls = files.flatMap((file) => [...readFileSync(join(source, file), 'utf8').matchAll(/\bfailpoint\?\.\((?<what>[^)]*)\)/gu)])
  return new Set(
    calls.map(({ groups }) => {
      const point = /^'(?<name>[a-z-]+)'$/u.exec(groups?.['what'] ?? '')?.groups?.['name']
      assert.ok(point, `${groups?.['what']} is no plain name of a point`)
      return point
    }),
  )
}

/** How many sets the model has; all of them are to go when the new one is there. */
export const OLD_SETS = 3
export const OBJECTS = 4

/** A root with old sets, to be copied for every test. */
export interface Model {
  readonly sets: readonly string[]
  /** An setup with a copy of the root, and a configuration that keeps the new set alone. */
  open(t: Ending): Setup
  remove(): void
}

export async function makeModel(): Promise<Model> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-model-'))
  let clean: () => void = () => undefined
  const setup = openSetup({
    after: (callBack) => {
      clean = callBack
    },
  })
  configure(setup, { copies: OLD_SETS, largeBytes: 100_000 })
  for (let count = 0; count < OLD_SETS; count += 1) assert.equal((await setup.run(['-q', 'run'])).code, 0)
  assert.equal(assertClean(setup).length, OLD_SETS)
  cpSync(setup.root, folder, { recursive: true })
  clean()
  return {
    sets: setsIn(folder),
    open(inner) {
      const copy = openSetup(inner)
      cpSync(folder, copy.root, { recursive: true })
      configure(copy, { copies: 1 })
      return copy
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}

/** Several objects at once, in folders and not; one leaves a daemon without any descriptor or variable of ours, one goes on for a while. */
export function configure(setup: Setup, { copies, largeBytes = 5_000_000 }: { readonly copies: number; readonly largeBytes?: number }): void {
  const sh = (script: string) => ({ type: 'exec-inline', argv: ['/bin/sh', '-c', script, setup.word], env: { WORD: setup.word } })
  const objects = [
    { path: 'daemon', pipeline: [sh('setsid env -i sh -c "sleep 1000; :" "$0" </dev/null >/dev/null 2>&1 & echo begun'), sh('exec cat')] },
    { path: 'slow', pipeline: [sh('echo slow; sleep 0.1; echo done')] },
    { path: 'd/e/large', pipeline: [sh(`head -c ${largeBytes} /dev/zero`), sh('exec cat'), sh('exec cat')] },
    { path: 'd/small', pipeline: [sh('echo small')] },
  ]
  assert.equal(objects.length, OBJECTS)
  const param = { root: setup.root, 'nb-copy-limit': copies }
  setup.configure({ 'nb-workers': 3, tasks: [{ id: 'default', type: 'backup', backend: 'localfs', 'backend-param': param, objects }] })
}

/** However a run ended: the new set is there, or else all old ones are; and of these the oldest go first. Gives the new one. */
export function assertNoneLost(present: readonly string[], old: readonly string[]): string | undefined {
  const fresh = present.filter((set) => !old.includes(set))
  const left = present.filter((set) => old.includes(set))
  assert.deepEqual(left, old.slice(old.length - left.length), 'the oldest go first')
  assert.ok(fresh.length === 1 || (fresh.length === 0 && left.length === old.length), 'old sets go only when the new one is there')
  return fresh[0]
}

/** The run after one that was killed, by a clock that is later than that one's. */
export async function assertRecovers(setup: Setup): Promise<void> {
  const { code, stdout, stderr } = await setup.run(['-q', 'run'], { clock: () => new Date(Date.now() + 600_000) })
  assert.deepEqual([code, stdout, stderr], [0, '', ''])
  assert.equal(assertClean(setup).length, 1)
}
