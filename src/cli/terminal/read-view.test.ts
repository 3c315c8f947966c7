import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { holdSignals } from '../../app/host/held-signals.ts'
import { countReading } from '../../backup/store/read-progress.ts'
import type { CliHost } from '../cli-host.ts'
import { openReadView } from './read-view.ts'

function hostOn(isTerminal: boolean, env: CliHost['env'] = {}): CliHost & { readonly written: () => string } {
  let text = ''
  const output = {
    write: (more: string) => {
      text += more
    },
    isTerminal,
    columns: () => 80,
    flushed: async () => true,
    trouble: () => undefined,
  }
  const host = { isAtTerminal: isTerminal, fail: () => undefined, note: () => undefined, print: () => undefined }
  const signals = holdSignals(() => () => undefined)
  return { ...host, stdout: output, stderr: output, env, uid: 0, clock: () => new Date(0), signals, written: () => text }
}

const READING = [{ path: 'etc.tar.zst', bytes: 1024, expectedBytes: 2048 }]
const PROGRESS = { reading: READING, finished: 1, objects: 3, doneBytes: 4096n, totalBytes: 8192n }

describe('openReadView', () => {
  it('shows the current object and the total, below other output, and removes itself', () => {
    const place = hostOn(true)
    const view = openReadView(place, { verbosity: 3, json: false })
    view.begin('restore 2026-01-02T03:04:05+00:00 from /root')
    view.print('one\n')
    assert.equal(place.written(), 'one\n')
    view.onProgress?.(PROGRESS)
    view.print('two\n')
    assert.match(
      place.written(),
      /two\n> restore 2026-01-02T03:04:05\+00:00 from \/root +\d.*\n {4}etc\.tar\.zst +1\.0 KiB .*50% .*left\n {4}1 of 3 objects read, 4\.0 KiB of 8\.0 KiB\n$/u,
    )
    view.close()
    assert.ok(place.written().endsWith('\u001b[1A\u001b[2K'.repeat(3)))
    view.print('three\n')
    assert.ok(place.written().endsWith('three\n'))
  })

  it('shows all objects that are read at once', () => {
    const place = hostOn(true)
    const view = openReadView(place, { verbosity: 3, json: false })
    view.begin('drill')
    const count = countReading(
      ['a', 'b', 'c'].map((path) => ({ path, bytes: 100 })),
      { onProgress: view.onProgress, atOnce: true },
    )
    count.add('a', 40)
    count.add('b', 100)
    count.add('a', 20)
    view.print('')
    assert.match(place.written(), /\n {4}a .*60%.*\n {4}b .*100%.*\n {4}0 of 3 objects read, 160 B of 300 B\n$/u)
    count.finish('b')
    count.add('c', 1)
    view.print('')
    assert.match(place.written(), /\n {4}a .*60%.*\n {4}c .*1%.*\n {4}1 of 3 objects read, 161 B of 300 B\n$/u)
    view.close()
  })

  it('shows nothing without a terminal', () => {
    for (const [isTerminal, env, how] of [
      [false, {}, { verbosity: 3, json: false }],
      [true, { TERM: 'dumb' }, { verbosity: 3, json: false }],
      [true, {}, { verbosity: 1, json: false }],
      [true, {}, { verbosity: 3, json: true }],
    ] as const) {
      const place = hostOn(isTerminal, env)
      const view = openReadView(place, how)
      view.begin('verify')
      view.onProgress?.(PROGRESS)
      view.print('told\n')
      view.close()
      assert.equal(place.written(), 'told\n')
    }
  })
})
