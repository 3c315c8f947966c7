import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { OBSERVER } from '../../lib/assets.ts'
import { watchDump } from './watch-dump.ts'

const [program, ...script] = OBSERVER
const rows = Array.from({ length: 50_000 }, (_, n) => `${n}\trow ${n}\n`).join('')
const dump = Buffer.from(
  `--\n-- PostgreSQL database dump\n--\nCREATE TABLE public.t (n int, s text);\n\nCOPY public.t (n, s) FROM stdin;\n${rows}\\.\n\n--\n-- PostgreSQL database dump complete\n--\n\n`,
)

/** Passes the dump through the observer, to the file or to one of its own. */
function observe(t: TestContext, { words = [], to }: { readonly words?: readonly string[]; readonly to?: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'pass-dump-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const files = [to ?? join(folder, 'output'), join(folder, 'tail'), join(folder, 'facts')]
  const [output = -1, ...more] = files.map((path) => openSync(path, 'w'))
  const { status, stderr } = spawnSync(program, [...script, 'postgresql', ...words], { input: dump, stdio: ['pipe', output, 'pipe', ...more] })
  for (const fd of [output, ...more]) closeSync(fd)
  const [passed = '', tail = '', report = ''] = files.map((path, index) => (index === 0 && to !== undefined ? '' : readFileSync(path, 'latin1')))
  return { status, stderr: String(stderr), passed, tail, report }
}

describe('the observer of a dump', () => {
  it('passes everything on, and reports the same facts as an observation in this process', (t) => {
    const watch = watchDump('postgresql')
    watch?.see(dump)
    const facts = watch?.end()
    assert.equal(facts?.rows?.['public.t'], 50_000)
    const { status, passed, tail, report } = observe(t, {})
    assert.deepEqual([status, createHash('sha256').update(passed, 'latin1').digest('hex')], [0, facts.sha256])
    assert.equal(tail, dump.toString('latin1').slice(-512))
    assert.deepEqual(JSON.parse(report), { facts })
    assert.deepEqual(JSON.parse(observe(t, { words: ['no-digest'] }).report), { facts: { ...facts, sha256: '' } })
    const withTables = watchDump('postgresql', { hasTables: true })
    withTables?.see(dump)
    const all = withTables?.end()
    assert.notEqual(all?.tableDigests?.['public.t'], undefined)
    assert.deepEqual(JSON.parse(observe(t, { words: ['no-digest', 'table-digests'] }).report), { facts: { ...all, sha256: '' } })
  })

  it('fails with the reason if the output cannot be written, and reports nothing', (t) => {
    const { status, stderr, report } = observe(t, { to: '/dev/full' })
    assert.equal(status, 1)
    assert.match(stderr, /^holdfast: could not pass on the dump: .*no space left on device/iu)
    assert.equal(report, '')
  })
})
