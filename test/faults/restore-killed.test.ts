import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openArena } from './arena.ts'
import { configureSimple, runWell } from './simple-plan.ts'
import { RESTORE_POINTS } from './stop-points.ts'

describe('a restore that is killed with SIGKILL', () => {
  for (const point of RESTORE_POINTS) {
    it(`at "${point}": what was there stays, all is in place or nothing, and the next restore clears up`, async (t) => {
      const arena = openArena(t)
      configureSimple(arena)
      await runWell(arena)
      const to = join(arena.top, 'restored')
      mkdirSync(to)
      writeFileSync(join(to, 'precious'), 'was here before')

      const args = ['-q', 'restore', 'default', 'latest', '--to', to]
      const { signal, stderr } = await arena.start(args, { at: [point, 'KILL'] })
      assert.equal(signal, 'SIGKILL', stderr)
      const shown = readdirSync(to).filter((name) => !name.startsWith('.'))
      assert.deepEqual(shown, point === 'restore-placed' ? ['a', 'precious', 'sub'] : ['precious'])

      const again = await arena.run([...args, '--overwrite'])
      assert.deepEqual([again.code, again.stderr], [0, ''])
      assert.deepEqual(readdirSync(to), ['a', 'precious', 'sub'])
      assert.equal(readFileSync(join(to, 'sub/b'), 'utf8'), 'b\n')
      assert.equal(readFileSync(join(to, 'precious'), 'utf8'), 'was here before')
      assert.ok(!existsSync(join(to, 'restored')))
      assert.deepEqual(arena.living(), [])
    })
  }
})
