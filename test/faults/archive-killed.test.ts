import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { someOf } from '../support/some-of.ts'
import { until } from '../support/time-limits.ts'
import { openSetup, type Setup } from './setup.ts'
import { ARCHIVE_POINTS } from './stop-points.ts'

/** Nothing of these is passed by an archive that replaces none. */
const points = ARCHIVE_POINTS.filter((it) => it !== 'archive-replacing')

/** A task that packs a folder. As much of random bytes as is asked for takes its compressor long. */
function open(t: Parameters<typeof openSetup>[0], bytes: number): { readonly setup: Setup; readonly out: string } {
  const setup = openSetup(t, () => undefined, 'plan.yaml')
  const [source, out] = [join(setup.top, 'source'), join(setup.top, 'out')]
  mkdirSync(source)
  writeFileSync(join(source, 'one'), randomBytes(bytes))
  setup.configure({
    version: 1,
    'file-sets': { data: { archives: { basename: 'data', folder: out, extension: 'tar.xz', digest: true } } },
    tasks: { t: { steps: [{ archive: { files: 'data', source, 'compression-level': 9 } }] } },
  })
  return { setup, out }
}

/** After the next run there are whole archives with their lists and digests, and nothing else, processes neither. */
async function assertRecovers(setup: Setup, out: string): Promise<void> {
  writeFileSync(join(setup.top, 'source/one'), 'small now')
  const { code, stderr } = await setup.run(['-q', 'run', 't'])
  assert.equal(code, 0, stderr)
  assert.deepEqual(setup.living(), [])
  const names = readdirSync(out)
  const archives = names.filter((it) => it.endsWith('.tar.xz'))
  assert.ok(archives.length > 0)
  for (const name of archives) execFileSync('tar', ['-tJf', join(out, name)], { stdio: 'pipe' })
  assert.deepEqual(
    names.filter((it) => !/^data-.*\.(?:tar\.xz|list|hash)$/u.test(it)),
    [],
  )
}

/** How much the process has read, by its line of `living`. */
function bytesRead(line: string): number {
  try {
    return Number(/^rchar: (\d+)$/mu.exec(readFileSync(`/proc/${Number.parseInt(line, 10)}/io`, 'latin1'))?.[1])
  } catch {
    return 0
  }
}

describe('an archive step that is killed with SIGKILL', () => {
  for (const point of someOf(points, 2))
    it(`at "${point}": the next run removes the remains, and makes its archive`, async (t) => {
      const { setup, out } = open(t, 1000)
      assert.equal((await setup.start(['-q', 'run', 't'], { at: [point, 'KILL'] })).signal, 'SIGKILL')
      await assertRecovers(setup, out)
    })

  it('while packing: the next run removes the remains, and makes its archive', async (t) => {
    const { setup, out } = open(t, 80_000_000)
    const { signal } = await setup.start(['-q', 'run', 't'], {
      meanwhile: async (pid) => {
        // Before its first bytes the packer would not have all of its program yet, and end by itself.
        await until(() => setup.living().some((text) => /: (?:\S*\/)?xz /u.test(text) && bytesRead(text) > 10_000_000))
        process.kill(pid, 'SIGKILL')
      },
    })
    assert.equal(signal, 'SIGKILL')
    assert.notDeepEqual(setup.living(), [], 'it compresses still')
    await assertRecovers(setup, out)
  })
})
