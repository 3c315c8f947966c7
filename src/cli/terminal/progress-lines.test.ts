import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Progress, renderProgress } from './progress-lines.ts'

const MIB = 1024 * 1024

const progress: Progress = {
  steps: [
    { text: '/bin/echo one', state: 'done', beganMs: 0, endedMs: 40 },
    { text: 'back up 3 objects to "/var/backups"', state: 'running', beganMs: 1000 },
    { text: 'task "reboot"', state: 'waiting' },
  ],
  objects: [
    { path: 'etc.tar.zst', bytes: 50 * MIB, expectedBytes: 100 * MIB, beganMs: 1000 },
    { path: 'new.bin', bytes: 0, beganMs: 11_000 },
    { path: 'grown.bin', bytes: 3 * MIB, expectedBytes: 2 * MIB, beganMs: 1000 },
  ],
  made: 2,
  wanted: 5,
}

describe('renderProgress', () => {
  it('shows bytes, rate, elapsed and remaining time in 80 columns', () => {
    assert.deepEqual(renderProgress(progress, { nowMs: 11_000, columns: 80 }), [
      '+ /bin/echo one                                                          0.0 s',
      '> back up 3 objects to "/var/backups"                                     10 s',
      '    etc.tar.zst                   50 MiB   5.0 MiB/s     0:10  50% 0:10 left',
      '    new.bin                          0 B       0 B/s     0:00',
      '    grown.bin                    3.0 MiB   307 KiB/s     0:10  past last size',
      '    2 of 5 objects made',
      '  task "reboot"',
    ])
  })

  it('names the slowest stage if it fits', () => {
    const [two, one] = [['tar', 'zstd'], ['tar']].map((names) => names.map((program) => ({ program })))
    const lineOf = (pipeline: { stages: readonly { program: string }[]; slowest?: number }, path = 'etc.tar.zst') => {
      const objects = [{ path, bytes: 0, beganMs: 0, pipeline }]
      return (renderProgress({ ...progress, objects }, { nowMs: 0, columns: 90 })[2] ?? '').split(/ {2,}/u)[1]
    }
    assert.equal(lineOf({ stages: two ?? [], slowest: 1 }), 'etc.tar.zst, slowest: zstd')
    assert.equal(lineOf({ stages: two ?? [], slowest: 2 }), 'etc.tar.zst, slowest: the storage')
    assert.equal(lineOf({ stages: two ?? [] }), 'etc.tar.zst')
    assert.equal(lineOf({ stages: one ?? [], slowest: 0 }), 'etc.tar.zst')
    assert.equal(lineOf({ stages: two ?? [], slowest: 1 }, 'a-rather-long-name-of.tar.zst'), 'a-rather-long-name-of.tar.zst')
  })

  it('has room for a bar at 200 columns', () => {
    const [, , line = ''] = renderProgress(progress, { nowMs: 11_000, columns: 200 })
    assert.match(line, /\[##########\.{10}\] {2}50% 0:10 left$/u)
  })

  it('shows those around the going one of many steps', () => {
    const steps = Array.from(
      { length: 30 },
      (_, index) => ({ text: `step ${index}`, state: index < 20 ? 'done' : index === 20 ? 'running' : 'waiting' }) as const,
    )
    const lines = renderProgress({ steps, objects: [], made: 0, wanted: 0 }, { nowMs: 0, columns: 80 })
    assert.equal(lines.length, 8)
    assert.match(lines[2] ?? '', /> step 20/u)
  })

  it('never has a line as wide as the terminal, nor a control character of a name', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 300 })
    const bytes = fc.nat()
    const object = fc.record({ path: text, bytes, expectedBytes: bytes, beganMs: bytes })
    fc.assert(
      fc.property(fc.array(object, { maxLength: 5 }), text, fc.integer({ min: 21, max: 250 }), bytes, (objects, inner, columns, nowMs) => {
        for (const line of renderProgress({ ...progress, objects, inner }, { nowMs, columns })) {
          assert.ok([...line].length < columns)
        }
      }),
    )
  })
})
