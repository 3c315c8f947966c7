import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertAllWhole, leftInWorkArea } from '../faults/sets.ts'
import { openSetup } from '../faults/setup.ts'
import { requires } from '../support/requires.ts'
import { onlyWhenLong } from './only-when-long.ts'

/** A folder shown a second time through a file system of which we can stop the server at any moment. */
function mountMirror(real: string, folder: string): { readonly server: number; end(): void } {
  for (const path of [real, folder]) mkdirSync(path, { recursive: true })
  const { status, stderr } = spawnSync('bindfs', ['--no-allow-other', real, folder], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const server = Number(spawnSync('pgrep', ['-f', `^bindfs .* ${folder}$`], { encoding: 'utf8' }).stdout)
  return {
    server,
    end() {
      process.kill(server, 'SIGKILL')
      spawnSync('umount', ['-l', folder])
    },
  }
}

function cannotMirror(): string | false {
  const noRoot = requires('root')
  if (noRoot !== false) return noRoot
  return spawnSync('bindfs', ['--version']).status === 0 ? false : 'needs bindfs'
}

describe('a mount that stops to answer while objects are made', { skip: onlyWhenLong() || cannotMirror() }, () => {
  for (const [what, objects, stop] of [
    ['one object: the pipeline is ended by its limit', 1, 'limit'],
    ['more objects than there are threads: likewise', 6, 'limit'],
    ['and TERM: it dies by the signal', 2, 'SIGTERM'],
  ] as const) {
    it(`${what}, the roll-back is given up, and the next run clears up`, async (t) => {
      let mirror: ReturnType<typeof mountMirror> | undefined
      const setup = openSetup(t, () => mirror?.end())
      const real = join(setup.top, 'real')
      mirror = mountMirror(real, setup.root)
      const { server } = mirror
      const sh = (script: string) => [{ type: 'exec-inline', argv: ['/bin/sh', '-c', script, setup.word] }]
      const task = (id: string, script: string) => ({
        id,
        type: 'backup',
        backend: 'localfs',
        'backend-param': { root: setup.root, 'nb-copy-limit': 2 },
        objects: Array.from({ length: objects }, (_, index) => ({ path: `object ${index}`, pipeline: sh(script) })),
      })
      setup.configure({
        'nb-workers': objects,
        tasks: [task('good', 'echo good'), task('endless', ': >begun.$$; while sleep 0.1; do head -c 100000 /dev/zero; done')],
      })
      assert.equal((await setup.run(['-q', 'run', 'good'])).code, 0)

      const limit = stop === 'limit' ? ['--stall-limit', '1s'] : []
      const { code, signal, stderr } = await setup.start(['run', 'endless', ...limit], {
        meanwhile: async (pid) => {
          while (readdirSync(join(setup.top, 'work')).length < objects) await sleep(20)
          process.kill(server, 'SIGSTOP')
          if (stop !== 'limit') process.kill(pid, stop)
        },
      })
      assert.deepEqual([code, signal], stop === 'limit' ? [1, null] : [null, stop])
      assert.match(stderr, stop === 'limit' ? /error: "sh" stalled/u : /error: stopped by SIGTERM/u)
      assert.match(stderr, /could not remove the unfinished set/u)

      process.kill(server, 'SIGCONT')
      // What was told to die can do so now.
      const living = () => setup.living().filter((text) => !text.includes('bindfs'))
      while (living().length > 0) await sleep(20)
      assert.equal((await setup.run(['-q', 'run', 'good'])).code, 0)
      assert.deepEqual(leftInWorkArea(setup.root), [])
      assert.equal(assertAllWhole(setup.root).length, 2)
      assert.deepEqual(living(), [])
    })
  }
})
