import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { drillOnRecord } from '../../src/backup/drill/drill-record.ts'
import { filesystemSets } from '../../src/backup/store/filesystem-sets.ts'
import { openProcesses } from '../../src/process/open-processes.ts'
import { DEFAULT_LIMITS } from '../../src/process/processes.ts'
import { closeLocalfs, openLocalfs } from '../support/localfs.ts'
import { drill, mutate, noSandbox } from './drills.ts'
import { openPlace, type Place } from './place.ts'

/** Drills the newest set one object after another, until the first one is answered. */
async function interrupted(place: Place): Promise<void> {
  const stop = new AbortController()
  const processes = openProcesses({ runId: 'interrupted' })
  const sets = filesystemSets(openLocalfs(join(place.folder, 'root/nightly')), { completeWhen: 'manifest' })
  const of = { evidence: undefined, set: basename(place.newestSet()), task: 'nightly', step: 'nightly', stateFolder: join(place.folder, 'state') }
  const deps = {
    ...{ level: 'full' as const, workers: 1, keys: { environment: {} }, processes, limits: DEFAULT_LIMITS, base: place.folder },
    ...{ call: { signal: stop.signal }, clock: () => new Date(), random: Math.random, onObject: () => stop.abort(new Error('stopped')) },
  }
  await assert.rejects(drillOnRecord(sets, of, deps), /stopped/u)
  await processes.close()
  await closeLocalfs()
}

/** The files with the answers of drills. */
function kept({ folder }: Place): readonly string[] {
  const drills = join(folder, 'state/drills')
  return existsSync(drills) ? readdirSync(drills).map((it) => join(drills, it)) : []
}

/** The objects whose answer is that of the interrupted drill. */
function resumed(place: Place, ...args: readonly string[]): readonly string[] {
  const { status, result } = drill(place, '--resume', ...args)
  assert.deepEqual([status, result.end, result.objects.map(({ end }) => end)], [0, 'proven', ['proven', 'proven']])
  assert.deepEqual(kept(place), [])
  const again = /^its stored bytes again: this is the answer of \d{4}-.*Z, of a drill that was interrupted$/u
  for (const { answered, notAsked } of result.objects)
    assert.equal(
      notAsked.some((it) => again.test(it)),
      answered !== undefined,
    )
  return result.objects.flatMap(({ path, answered }) => (answered === undefined ? [] : [path]))
}

describe('drill --resume', { skip: noSandbox }, () => {
  after(closeLocalfs)

  it('drills the objects that an interrupted drill of the same bytes did not answer', async (t) => {
    const place = openPlace(t)
    place.shell('mkdir data; echo one >data/a; echo two >data/b')
    const objects = '{ a: { files: { paths: [data/a] }, compress: none }, b: { files: { paths: [data/b] } } }'
    place.configure(objects.replaceAll('data/', `${place.folder}/data/`))
    assert.equal(place.run('-q', 'run').status, 0)
    await interrupted(place)
    assert.equal(kept(place).length, 1)
    assert.deepEqual(resumed(place), ['a.tar'])
    const records = join(place.folder, 'root/nightly/.holdfast-records')
    const [record = ''] = readdirSync(records).filter((it) => it.endsWith('.proven.drill'))
    assert.match(readFileSync(join(records, record), 'utf8'), /"answered": "\d{4}-/u)

    await interrupted(place)
    mutate(place, 'a.tar', (it) => it.replace('one\n', 'ONE\n'))
    assert.match(drill(place, '--resume').ends['a.tar'] ?? '', /^failed: /u)
  })
})
