import assert from 'node:assert/strict'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { requires } from '../support/requires.ts'
import { openSetup, type Setup } from './setup.ts'

/** Puts a program in the place of id(1), for what is started behind it alone. */
function insteadOfId(setup: Setup, script: string): readonly string[] {
  const path = join(setup.top, 'id')
  writeFileSync(path, `#!/bin/sh\n: >${join(setup.top, 'asked')}\n${script}\n`)
  chmodSync(path, 0o755)
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', `mount --bind ${path} /usr/bin/id && exec "$@"`, 'sh']
}

describe('name services', { skip: requires('root', 'unshare') }, () => {
  const configure = (setup: Setup, user: string) => {
    setup.configure({ version: 1, tasks: { default: { steps: [{ exec: { argv: ['/bin/true'], user } }] } } })
    return ['-q', 'run', 'default']
  }

  it('that hang are not waited for longer than the run may last', async (t) => {
    const setup = openSetup(t, () => undefined, 'plan.yaml')
    const args = configure(setup, 'nobody')
    const { code, stderr } = await setup.start([...args, '--run-limit', '1s'], { under: insteadOfId(setup, 'exec sleep 600') })
    assert.equal(code, 1)
    assert.match(stderr, /the name services did not find the user "nobody" within 1 s/u)
    assert.deepEqual(setup.living(), [])
  })

  it('that hang do not keep a run from being stopped', async (t) => {
    const setup = openSetup(t, () => undefined, 'plan.yaml')
    const meanwhile = async (pid: number) => {
      while (!existsSync(join(setup.top, 'asked'))) await sleep(20)
      process.kill(pid, 'SIGTERM')
    }
    const { signal, stderr } = await setup.start(configure(setup, 'nobody'), { under: insteadOfId(setup, 'exec sleep 600'), meanwhile })
    assert.equal(signal, 'SIGTERM', stderr)
    assert.match(stderr, /stopped by SIGTERM/u)
    assert.deepEqual(setup.living(), [])
  })

  it('that were not queried because the program was killed do not make a user unknown', async (t) => {
    const setup = openSetup(t, () => undefined, 'plan.yaml')
    const { code, stderr } = await setup.start(configure(setup, 'nobody'), { under: insteadOfId(setup, 'kill -KILL $$') })
    assert.equal(code, 1)
    assert.match(stderr, /could not look up the user "nobody": id was killed by a signal/u)
  })

  it('report an unknown user', async (t) => {
    const setup = openSetup(t, () => undefined, 'plan.yaml')
    const { stderr } = await setup.start(configure(setup, 'no-such-user'))
    assert.match(stderr, /unknown user "no-such-user"/u)
  })
})
