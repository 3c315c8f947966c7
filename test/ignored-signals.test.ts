import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

const HOLDFAST = new URL('../holdfast', import.meta.url).pathname

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'ignored-'))
  const steps = [
    ['/bin/grep', 'SigIgn', '/proc/self/status'],
    ['/bin/sh', '-c', `touch ${folder}/going; sleep 1`],
    ['/bin/echo', 'survived'],
  ]
  const routine = steps.map((argv) => ({ type: 'exec-inline', argv }))
  writeFileSync(join(folder, 'c.json'), JSON.stringify({ tasks: [{ id: 'default', type: 'routine', routine }] }))
})
after(() => {
  rmSync(folder, { recursive: true })
})

describe('a signal that our caller ignores', () => {
  it('does nothing to a run, and is ignored by its commands too, as under nohup', () => {
    const script = `trap '' HUP
      "$1" -q -f "$2/c.json" run & pid=$!
      until [ -e "$2/going" ]; do sleep 0.05; done
      kill -HUP $pid; wait $pid`
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script, 'sh', HOLDFAST, folder], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', HOLDFAST_STATE: join(folder, 'state') },
    })
    assert.equal(stderr, '')
    assert.equal(status, 0)
    const [mask = '', last] = stdout.trim().split('\n')
    assert.equal(last, 'survived')
    // Bit 0 is signal 1. A shell without job control starts what runs in the background with INT and QUIT ignored as well.
    assert.equal(Number.parseInt(mask.replace('SigIgn:', '').trim(), 16) & 1, 1)
  })
})
