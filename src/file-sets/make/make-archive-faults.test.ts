import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { cannotMount, mountSmallDisk } from '../../../test/faults/small-disk.ts'
import { archiveFiles, archiveStep, archiveWork } from '../../../test/support/archive.ts'
import { kristaTree } from '../../../test/support/krista-tree.ts'
import { someOf } from '../../../test/support/some-of.ts'
import { openProcesses } from '../../process/open-processes.ts'
import { makeArchive } from './make-archive.ts'

const PROGRAM = fileURLToPath(new URL('../../../test/programs/make-archive.ts', import.meta.url))
const POINTS = [
  'archive-work-made',
  'archive-scanned',
  'archive-packing',
  'archive-packed',
  'archive-renamed',
  'archive-digest-renamed',
  'archive-list-renamed',
] as const
const NAME = 'etc-20260301_024000-0'

function open(t: TestContext) {
  const top = mkdtempSync(join(tmpdir(), 'archive-faults-'))
  t.after(() => rmSync(top, { recursive: true, force: true }))
  const [source, target] = [join(top, 'src'), join(top, 'out')]
  kristaTree(source)
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, [PROGRAM, source, target, ...args], { encoding: 'utf8', env: { ...process.env, ...env } })
  return { top, source, target, folder: join(target, '0'), run }
}

/** What a reader may rely on, wherever the run was stopped. */
function assertSound(folder: string): void {
  const names = existsSync(folder) ? readdirSync(folder).filter((it) => !it.startsWith('.')) : []
  const archive = join(folder, `${NAME}.tar.gz`)
  // Whatever bears a final name is whole.
  if (names.includes(`${NAME}.tar.gz`)) execFileSync('tar', ['-tzf', archive])
  if (names.includes(`${NAME}.hash`))
    assert.equal(readFileSync(join(folder, `${NAME}.hash`), 'latin1'), execFileSync('sha1sum', [archive], { encoding: 'utf8' }).slice(0, 40))
  if (!names.includes(`${NAME}.list`)) return
  const listed = readFileSync(join(folder, `${NAME}.list`), 'utf8')
    .split('\n')
    .slice(1, -1)
  const packed = new Set(
    execFileSync('tar', ['-tzf', archive, '--quoting-style=literal'], { encoding: 'utf8' })
      .split('\n')
      .map((it) => it.replace(/\/$/u, '')),
  )
  for (const line of listed) assert.ok(packed.has(line.replace(/^[^,]*,[^,]*,/u, '')), `${line} is listed and not packed`)
}

describe('makeArchive, killed', () => {
  for (const point of someOf(POINTS)) {
    it(`leaves nothing half made when killed at ${point}, and the next run clears up`, (t) => {
      const { folder, run } = open(t)
      assert.equal(run([point, 'KILL']).signal, 'SIGKILL')
      assertSound(folder)
      const again = run([], { OVERWRITE: '1' })
      assert.equal(again.status, 0, again.stderr)
      assertSound(folder)
      assert.deepEqual(readdirSync(folder).toSorted(), [`${NAME}.hash`, `${NAME}.list`, `${NAME}.tar.gz`])
    })
  }

  for (const point of ['archive-replacing', 'archive-renamed', 'archive-digest-renamed'] as const) {
    it(`lets no old list vouch for a new archive when killed at ${point} while it replaces`, (t) => {
      const { source, folder, run } = open(t)
      assert.equal(run([]).status, 0)
      rmSync(join(source, 'one.txt'))
      assert.equal(run([point, 'KILL'], { OVERWRITE: '1' }).signal, 'SIGKILL')
      assertSound(folder)
      assert.ok(existsSync(join(folder, `${NAME}.tar.gz`)))
      assert.equal(existsSync(join(folder, `${NAME}.list`)), false)
    })
  }
})

describe('makeArchive, failing', () => {
  it('reports a full disk, keeps the old files, and leaves no new one', { skip: cannotMount() }, async (t) => {
    const { top, source } = open(t)
    writeFileSync(join(source, 'large'), Buffer.from(Array.from({ length: 400_000 }, () => Math.random() * 256)))
    const target = join(top, 'small')
    mkdirSync(target)
    const disk = mountSmallDisk(target, 'size=200k')
    const processes = openProcesses({ runId: `full-${process.pid}` })
    try {
      for (const container of ['tar', 'zip'] as const) {
        const step = archiveStep(source, target, { container, compression: container === 'tar' ? 'gzip' : 'deflate', files: archiveFiles(target, 0) })
        await assert.rejects(makeArchive(step, archiveWork(processes, '2026-03-01T02:40:00').work), /no space left|No space left|ENOSPC/u)
        assert.deepEqual(readdirSync(join(target, '0')), [])
      }
    } finally {
      await processes.close()
      disk.unmount()
    }
  })

  it('stops on an abort, leaving nothing', async (t) => {
    const { source, target } = open(t)
    const processes = openProcesses({ runId: `stop-${process.pid}` })
    try {
      for (const point of ['archive-work-made', 'archive-scanned', 'archive-packed']) {
        const stop = new AbortController()
        const failpoint = (passed: string) => passed === point && stop.abort(new Error('stop'))
        const told = archiveWork(processes, '2026-03-01T02:40:00', { failpoint, signal: stop.signal })
        await assert.rejects(makeArchive(archiveStep(source, target), told.work), /stopped before completion/u)
        assert.deepEqual(readdirSync(join(target, '0')), [])
      }
    } finally {
      await processes.close()
    }
  })
})
