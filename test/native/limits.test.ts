import assert from 'node:assert/strict'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { scaledMs } from '../support/time-limits.ts'
import { openPlace, type Place } from './place.ts'

const write = (place: Place, text: string) => writeFileSync(join(place.folder, 'holdfast.yaml'), `version: 1\n${text}`)

describe('limits of a task', () => {
  it('end steps that take longer, including tasks inside, and leave nothing', (t) => {
    const place = openPlace(t)
    write(
      place,
      `storages: { local: { type: localfs, root: root } }
tasks:
  default: { timeout: ${scaledMs(8000)}ms, steps: [{ exec: [echo, begun] }, { task: inner }, { exec: [echo, "never reached"] }] }
  inner: { timeout: 1h, steps: [{ backup: { objects: { slow: { exec: [sleep, "1000"], compress: none } } } }] }
`,
    )
    const { status, stdout, stderr } = place.run('run')
    assert.equal(status, 1)
    assert.match(stderr, /the task "default" exceeded its time limit \([\d.]+ s\)/u)
    assert.match(stdout, /begun/u)
    assert.doesNotMatch(stdout, /never reached/u)
    assert.equal(place.shell('ls -A root/inner 2>/dev/null || true').replace(/^\.holdfast-work\n$/u, ''), '')
  })

  it('let those go on that are quicker, and those without a limit', (t) => {
    const place = openPlace(t)
    write(place, 'tasks: { default: { timeout: 1h, steps: [{ exec: [echo, one] }, { task: inner }] }, inner: { steps: [{ exec: [echo, two] }] } }')
    assert.deepEqual(place.run('-q', 'run'), { status: 0, stdout: 'one\ntwo\n', stderr: '' })
  })

  it('make the configured number of objects in parallel', (t) => {
    const place = openPlace(t)
    // Each waits for the other: with one worker nothing would ever end.
    const meet = (mine: string, other: string) => `{ shell: "touch ${mine}; while ! test -e ${other}; do sleep 0.1; done" }`
    write(
      place,
      `workers: 1
storages: { nowhere: { type: "null" } }
tasks: { default: { workers: 2, timeout: 5m, steps: [{ backup: { objects: { a: { exec: ${meet('a', 'b')} }, b: { exec: ${meet('b', 'a')} } } } }] } }
`,
    )
    assert.deepEqual(place.run('-q', 'run'), { status: 0, stdout: '', stderr: '' })
  })
})

describe('the modes of a storage', () => {
  it('are those of the folder of a step, of its sets and their files', (t) => {
    const place = openPlace(t)
    place.configure('{ x: { exec: [echo, x], compress: none } }')
    place.shell('umask 022; sed -i \'s/type: localfs/type: localfs, folder-mode: "0710", file-mode: "0640"/\' holdfast.yaml')
    assert.equal(place.run('-q', 'run').status, 0)
    const modes = [place.newestSet(), join(place.newestSet(), '..'), join(place.newestSet(), 'x')].map((path) => statSync(path).mode & 0o777)
    assert.deepEqual(modes, [0o710, 0o710, 0o640])
  })
})

describe('requirements of a storage', () => {
  it('fail the run before anything is made, and are reported before a run', (t) => {
    const place = openPlace(t)
    write(
      place,
      `storages: { disk: { type: localfs, root: root, require-mount: ${place.folder} } }\ntasks: { default: { steps: [{ backup: { objects: { a: { exec: [echo] } } } }] } }\n`,
    )
    const { status, stderr } = place.run('run')
    assert.equal(status, 1)
    assert.match(stderr, /nothing is mounted at/u)
    const preview = place.run('run', '--dry-run')
    assert.match(preview.stdout + preview.stderr, /nothing is mounted at/u)
    assert.equal(place.shell('ls root 2>/dev/null || true'), '')
  })
})
