import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { command, shell } from '../../../test/support/commands.ts'
import type { BackupStep, ObjectSpec } from '../../plan/plan.ts'
import { openProcesses } from '../../process/open-processes.ts'
import { DEFAULT_LIMITS } from '../../process/processes.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import { objectStoreSets } from '../object-store/object-store-sets.ts'
import { makeObject } from './make-object.ts'
import { beginSet, endSet } from './set-context.ts'

const tee = command(['/usr/bin/tee', '/dev/fd/3'], { extras: [{ kind: 'tap', collect: 'tail' }] })

/** Makes one object on an object store; returns what was stored, which is nothing when it failed. */
async function make(spec: Partial<ObjectSpec>, lastDumps: ReadonlyMap<string, number> = new Map()) {
  const object: ObjectSpec = { path: 'o', group: 'default', after: [], stages: [], ...spec }
  const processes = openProcesses({ runId: `test-${process.pid}-facts` })
  const kept = new Map<string, Buffer>()
  const sets = objectStoreSets(memoryStorage(kept), { completeWhen: 'manifest' })
  const step: BackupStep = { kind: 'backup', name: 's', targets: [], require: 'all', objects: [object] }
  const context = await beginSet(step, {
    targets: [{ sets, keep: {} }],
    processes,
    run: { runId: 'r', task: 't', host: 'h' },
    workers: 1,
    limits: DEFAULT_LIMITS,
    clock: () => new Date(0),
    emit: () => undefined,
    call: { signal: new AbortController().signal },
  })
  const stored = () => kept.get('19700101T000000Z/o')?.toString()
  try {
    const made = await makeObject(object, { ...context, lastDumps })
    return { made, stored: stored() }
  } catch (error) {
    return { error: error as Error & { code: string }, stored: stored() }
  } finally {
    await endSet(context)
    await processes.close()
  }
}

describe('what is known about an object', () => {
  it('is queried before the dump, and recorded', async () => {
    const { made } = await make({
      stages: [shell('echo x')],
      source: { kind: 'ldap' },
      probes: [{ name: 'server', command: shell('echo "OpenLDAP 2.5"; echo more') }],
    })
    assert.deepEqual(made?.record.facts, { server: 'OpenLDAP 2.5' })
    assert.equal(made?.record.kind, 'ldap')
  })

  it('fails the object if the source cannot be queried', async () => {
    const { error, stored } = await make({ stages: [shell('echo x')], probes: [{ name: 'server', command: shell('echo no >&2; exit 2') }] })
    assert.equal(error?.code, 'process/failed')
    assert.equal(stored, undefined)
  })

  it('counts what a tap counted', async () => {
    const listing = command(['/bin/sh', '-c', 'echo data; printf "a\\nb\\nc\\n" >&3'], { extras: [{ kind: 'tap', collect: 'lines' }] })
    assert.deepEqual((await make({ stages: [listing] })).made?.record.facts, { entries: 3 })
  })

  it('notes what a stage said that ended with another accepted code than 0', async () => {
    const { made } = await make({ stages: [shell('echo x; echo "tar: a: file changed as we read it" >&2; exit 1', { min: 0, max: 1 })] })
    assert.deepEqual(made?.notes, ['object "o": "sh" exited with code 1: tar: a: file changed as we read it'])
  })
})

describe('an object without data', () => {
  for (const stages of [[shell(':')], [shell(':'), command(['/usr/bin/gzip'])], [shell(':'), command(['/usr/bin/zstd', '-q'])]])
    it(`is noted: ${stages.map(({ argv }) => argv[0]).join(' | ')}`, async () => {
      assert.deepEqual((await make({ stages })).made?.notes, ['object "o": it is empty'])
    })

  it('is not noted if it has no programs; neither is one with data', async () => {
    assert.deepEqual((await make({ stages: [] })).made?.notes, [])
    assert.deepEqual((await make({ stages: [shell('echo'), command(['/usr/bin/gzip'])] })).made?.notes, [])
  })
})

describe('a dump that was large the last time', () => {
  const endMark = { stage: 1, pattern: '-- done\\s*$' }
  const large = new Map([['o', 1e9]])
  const rows = 'seq 1 200000; printf "%b\\n" "\\\\\\\\." ""'
  const begin = 'echo "CREATE TABLE public.t (n int);"; echo "COPY public.t (n) FROM stdin;"'
  const dump = (end: string) => ({
    source: { kind: 'postgresql' as const, databases: ['x'] },
    stages: [shell(`${begin}; ${rows}${end}`), tee],
    endMark,
  })

  for (const [name, more] of Object.entries({ 'without filters': [], compressed: [command(['/usr/bin/gzip'])] }))
    it(`is observed by a process of its own, with the same facts: ${name}`, async () => {
      const { stages, ...rest } = dump('; echo "-- done"')
      const spec = { ...rest, stages: [...stages, ...more] }
      const [small, big] = [await make(spec), await make(spec, large)]
      assert.deepEqual(small.made?.record.dump?.rows, { 'public.t': 200_000 })
      assert.deepEqual(big.made?.record.dump, small.made.record.dump)
      assert.equal(big.stored?.length, small.stored?.length)
      assert.deepEqual(
        [small, big].map(({ made }) => made?.record.stages[1]?.program === 'tee'),
        [true, false],
      )
    })

  it('is refused without its end mark', async () => {
    const { error, stored } = await make(dump(''), large)
    assert.equal(error?.code, 'backup/incomplete')
    assert.equal(stored, undefined)
  })

  it('fails with the program that ended before it', async () => {
    const { error, stored } = await make(dump('; exit 3'), large)
    assert.match(String(error?.message), /^sh failed \(exit code 3\)/u)
    assert.equal(stored, undefined)
  })
})

describe('an end mark', () => {
  const endMark = { stage: 1, pattern: '-- done\\s*$' }

  it('lets a whole dump pass', async () => {
    const { made, stored } = await make({ stages: [shell('seq 1 200000; echo "-- done"'), tee], endMark })
    assert.ok(made)
    assert.equal(stored?.length, 1_288_903)
  })

  for (const [name, script] of Object.entries({
    'a cut': 'seq 1 200000',
    'an empty': ':',
    'a cut, with the mark inside,': 'echo "-- done"; seq 1 1000',
  })) {
    it(`refuses ${name} dump that ended with 0, and stores nothing of it`, async () => {
      const { error, stored } = await make({ stages: [shell(script), tee], endMark })
      assert.equal(error?.code, 'backup/incomplete')
      assert.equal(stored, undefined)
    })
  }
})
