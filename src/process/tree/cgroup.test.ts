import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openCgroups } from './cgroup.ts'
import { ownCgroup } from './own-cgroup.ts'

const KILLED = `
  const { openCgroups } = await import(process.argv[1])
  const group = openCgroups('killed').make('0')
  const { writeSync } = await import('node:fs')
  writeSync(1, group.path)
  process.kill(process.pid, 'SIGKILL')`

const probe = openCgroups(`probe-${process.pid}`)
probe?.close()

describe('the cgroups of runs', { skip: probe === undefined ? 'needs a cgroup v2 that can be written to' : false }, () => {
  it('of a killed one are removed by the next run when nothing is in them, those of living ones are not', (t) => {
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', KILLED, join(import.meta.dirname, 'cgroup.ts')], { encoding: 'utf8' })
    assert.ok(stdout.startsWith(ownCgroup() ?? '/nowhere'), stderr)
    assert.ok(existsSync(stdout))
    const mine = openCgroups(`mine-${process.pid}`)
    t.after(() => mine?.close())
    assert.equal(existsSync(join(stdout, '..')), false)
    const other = openCgroups(`other-${process.pid}`)
    t.after(() => other?.close())
    assert.ok(existsSync(mine?.make('0').path ?? '/nowhere'))
  })
})
