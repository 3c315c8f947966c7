import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openSetup } from './setup.ts'

/** Names in a folder of archives, each of which can be read to its end. */
function wholeIn(folder: string): readonly string[] {
  const names = readdirSync(folder)
  for (const name of names.filter((it) => it.endsWith('.tar.gz'))) execFileSync('tar', ['-tzf', join(folder, name)], { stdio: 'pipe' })
  return names.toSorted()
}

describe('a run that copies or removes dated files and is killed with SIGKILL', () => {
  for (const point of ['file-copying', 'file-copied', 'file-expired'])
    it(`at "${point}": every file is complete, none is lost except by its limit, and the next run continues`, async (t) => {
      const setup = openSetup(t, () => undefined, 'plan.yaml')
      const [source, out, vault] = [join(setup.top, 'source'), join(setup.top, 'out'), join(setup.top, 'vault')]
      mkdirSync(source)
      writeFileSync(join(source, 'one'), 'text')
      setup.configure({
        version: 1,
        'file-sets': { data: { archives: { basename: 'data', folder: out, extension: 'tar.gz' } } },
        tasks: {
          make: { steps: [{ archive: { files: 'data', source } }] },
          keep: {
            steps: [
              { 'copy-files': { files: ['data'], periods: { always: { folder: vault, when: '* * * * *' } } } },
              { expire: { files: 'data', 'max-files': 1 } },
            ],
          },
        },
      })
      for (let count = 0; count < 3; count += 1) {
        const { code, stderr } = await setup.run(['-q', 'run', 'make'])
        assert.equal(code, 0, stderr)
      }
      const isArchive = (name: string) => name.endsWith('.tar.gz')
      const [made, newest] = [wholeIn(out), wholeIn(out).filter(isArchive).at(-1)]
      assert.equal(made.filter(isArchive).length, 3)

      assert.equal((await setup.start(['-q', 'run', 'keep'], { at: [point, 'KILL'] })).signal, 'SIGKILL')
      assert.ok(wholeIn(out).includes(newest ?? ''), 'the newest is there')
      if (point !== 'file-expired') assert.deepEqual(wholeIn(out), made)
      for (const name of readdirSync(vault).filter(isArchive)) execFileSync('tar', ['-tzf', join(vault, name)], { stdio: 'pipe' })

      const again = await setup.start(['-q', 'run', 'keep'])
      assert.deepEqual([again.code, again.stderr], [0, ''])
      assert.deepEqual(wholeIn(out).filter(isArchive), [newest])
      assert.deepEqual(wholeIn(vault).filter(isArchive), [newest])
      // Nothing of the killed run: no work folder, no part of a file.
      for (const folder of [out, vault])
        assert.deepEqual(
          readdirSync(folder).filter((name) => !name.startsWith('data-')),
          [],
        )
      assert.deepEqual(setup.living(), [])
    })
})
