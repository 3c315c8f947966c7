import assert from 'node:assert/strict'
import { rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { peakMemoryKb } from '../faults/peak-memory.ts'
import { openSetup, type Setup } from '../faults/setup.ts'
import { onlyWhenLong } from './only-when-long.ts'
import { keepProof, row } from './proof.ts'

const [MIB, GIB] = [1024 ** 2, 1024 ** 3]
const SIZES = [10 * MIB, 100 * MIB, GIB, 10 * GIB]
const COUNTS = [1, 10, 100, 1000, 5000]
// The budget, whatever the size; and what a process that has read a lot may have more than one that has read little.
const MOST_MIB = 150
const MORE_MIB = 40

function tooLittleRoom(): string | false {
  const { bavail, bsize } = statfsSync(tmpdir())
  return bavail * bsize > 25 * GIB ? false : `needs 25 GiB free in ${tmpdir()}`
}

const rows: string[] = []

describe('memory', { skip: onlyWhenLong() || tooLittleRoom() }, () => {
  after(() => {
    keepProof('memory', [row('operation', 'peak memory of the main process in MiB, by size or number'), row('---', '---'), ...rows])
  })

  it('does not grow with the bytes that stages hand on', async (t) => {
    const peaks: Peak[] = []
    for (const bytes of SIZES) {
      const setup = openWith(t, { 'zeros.zst': [zeros(bytes), ['zstd', '-q', '-1']] })
      peaks.push({ name: sized(bytes), mib: await peakOf(setup, 'run') })
      setup.clear()
    }
    assertFlat('`run`: zeros through zstd', peaks)
  })

  it('does not grow with the bytes that are stored, verified and restored', async (t) => {
    const peaks = { made: [] as Peak[], verified: [] as Peak[], deep: [] as Peak[], restored: [] as Peak[] }
    for (const bytes of SIZES) {
      const setup = openWith(t, { zeros: [zeros(bytes), ['cat']] })
      const name = sized(bytes)
      peaks.made.push({ name, mib: await peakOf(setup, 'run') })
      peaks.verified.push({ name, mib: await peakOf(setup, 'verify') })
      peaks.deep.push({ name, mib: await peakOf(setup, 'verify', '--deep') })
      peaks.restored.push({ name, mib: await peakOf(setup, 'restore', 'default', '--to', join(setup.top, 'to')) })
      setup.clear()
    }
    assertFlat('`run`: zeros, uncompressed', peaks.made)
    assertFlat('`verify`', peaks.verified)
    assertFlat('`verify --deep`', peaks.deep)
    assertFlat('`restore`', peaks.restored)
  })

  it('stays within its bounds with many objects', async (t) => {
    const peaks = { made: [] as Peak[], verified: [] as Peak[] }
    for (const count of COUNTS) {
      const objects = Object.fromEntries(Array.from({ length: count }, (_, index) => [`o/${index}`, [['echo', String(index)]]]))
      const setup = openWith(t, objects)
      peaks.made.push({ name: `${count}`, mib: await peakOf(setup, 'run') })
      peaks.verified.push({ name: `${count}`, mib: await peakOf(setup, 'verify') })
      setup.clear()
    }
    assertBounded('`run`: by number of objects', peaks.made)
    assertBounded('`verify`: by number of objects', peaks.verified)
  })
})

interface Peak {
  readonly name: string
  readonly mib: number
}

function assertBounded(what: string, peaks: readonly Peak[]): void {
  rows.push(row(what, peaks.map(({ name, mib }) => `${name}: ${mib}`).join(', ')))
  for (const { name, mib } of peaks) assert.ok(mib > 0 && mib <= MOST_MIB, `${what}, ${name}: ${mib} MiB`)
}

function assertFlat(what: string, peaks: readonly Peak[]): void {
  assertBounded(what, peaks)
  const all = peaks.map(({ mib }) => mib)
  assert.ok(Math.max(...all) - Math.min(...all) <= MORE_MIB, `${what} grows: ${all.join(', ')} MiB`)
}

function zeros(bytes: number): readonly string[] {
  return ['head', '-c', String(bytes), '/dev/zero']
}

function sized(bytes: number): string {
  return bytes < GIB ? `${bytes / MIB} MiB` : `${bytes / GIB} GiB`
}

type Pipelines = Readonly<Record<string, readonly (readonly string[])[]>>

/** `clear` removes what was stored and restored: the next one needs the room. */
function openWith(t: TestContext, pipelines: Pipelines): Setup & { clear(): void } {
  const setup = openSetup(t)
  const objects = Object.entries(pipelines).map(([path, stages]) => ({ path, pipeline: stages.map((argv) => ({ type: 'exec-inline', argv })) }))
  setup.configure({ tasks: [{ id: 'default', type: 'backup', backend: 'localfs', 'backend-param': { root: setup.root }, objects }] })
  return {
    ...setup,
    clear: () => {
      for (const name of ['root', 'to']) rmSync(join(setup.top, name), { recursive: true, force: true })
    },
  }
}

async function peakOf(setup: Setup, ...args: readonly string[]): Promise<number> {
  let peakKb = 0
  const { code, stderr } = await setup.start(['-q', ...args], {
    meanwhile: async (pid) => {
      peakKb = await peakMemoryKb(pid)
    },
  })
  assert.deepEqual([code, stderr], [0, ''])
  return Math.round(peakKb / 1024)
}
