import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hostTime, type LeaseTime } from '../src/backup/object-store/lease-time.ts'
import { hostMarkers } from '../src/backup/object-store/marker-files.ts'
import { objectStoreSets } from '../src/backup/object-store/object-store-sets.ts'
import type { OperationContext } from '../src/storage/storage.ts'
import { nextRun } from './support/localfs.ts'
import { openS3 } from './support/s3.ts'
import { S3Refusal } from './support/s3-server/refusal.ts'
import { startS3Server } from './support/s3-server/s3-server.ts'
import { putObject } from './support/sets.ts'
import { until } from './support/time-limits.ts'

const call: OperationContext = { signal: new AbortController().signal }
const MINUTE_MS = 60_000
const began = new Date('2026-03-01T02:40:00Z')

const REFUSALS: Readonly<Record<string, () => S3Refusal>> = {
  'with "access denied"': () => new S3Refusal(403, 'AccessDenied', 'Access Denied.'),
  'with "slow down", also when asked again': () => new S3Refusal(503, 'SlowDown', 'Please reduce your request rate.'),
}

/** A run that has stored its object on a store that can refuse to store leases, by a clock that is set by the test. */
async function beginOn(t: { after(work: () => Promise<void>): void }, refusal: () => S3Refusal) {
  let isRefusing = false
  const isLease = (what: string) => /^PUT .*\/\.holdfast\/lease\//u.test(decodeURIComponent(what))
  const server = await startS3Server({ refuse: (what) => (isRefusing && isLease(what) ? refusal() : undefined) })
  t.after(() => server.close())
  let nowMs = 0
  let renew = () => {}
  const time: LeaseTime = {
    ...hostTime,
    nowMs: () => nowMs,
    every(_periodMs, work) {
      renew = work
      return () => undefined
    },
  }
  const sets = objectStoreSets(openS3(server), { completeWhen: 'manifest' }, { ...hostMarkers, time })
  const run = { ...nextRun(), began }
  const draft = await sets.begin(run, call)
  const object = await putObject(draft, { path: 'a', content: 'an object' }, call)
  const asked = () => server.requests.filter(({ what }) => isLease(what)).length
  return {
    server,
    sets,
    /** That many minutes, in each of which the lease is to be renewed. */
    async pass(minutes: number, how: 'refused' | 'renewed') {
      isRefusing = how === 'refused'
      for (let minute = 0; minute < minutes; minute++) {
        nowMs += MINUTE_MS
        const before = asked()
        await until(() => {
          renew()
          return asked() > before
        })
      }
    },
    /** A minute later the store takes leases again, and the run is to renew its own. */
    retryLate() {
      nowMs += MINUTE_MS
      isRefusing = false
      renew()
    },
    commit: () =>
      sets.exclusively(call, () =>
        draft.commit(began, { host: 'web-01', runId: run.runId, task: run.task, step: run.task, began, ended: began, objects: [object] }, call),
      ),
    abort: () => draft.abort(),
  }
}

describe('a run whose store refuses to renew its lease', () => {
  for (const [how, refusal] of Object.entries(REFUSALS)) {
    it(`${how}, for longer than its term: publishes nothing, and says so`, async (t) => {
      const run = await beginOn(t, refusal)
      await run.pass(30, 'refused')
      run.retryLate()
      const lost = {
        code: 'backup/lease-lost',
        message: /^lost the lease of the set "[^"]+" in "[^"]+": this run could not renew it for 31 minutes$/u,
      }
      await assert.rejects(run.commit(), lost)
      assert.deepEqual(
        (await run.sets.list(call)).filter(({ state }) => state !== 'unfinished'),
        [],
      )
      await run.abort()
      assert.deepEqual(
        [...run.server.bucket('acme').objects.keys()].filter((key) => !key.includes('/.holdfast/')),
        [],
      )
    })

    it(`${how}, for less than its term: publishes`, async (t) => {
      const run = await beginOn(t, refusal)
      await run.pass(29, 'refused')
      // The first may be the end of a renewal that was begun minutes ago, and is counted from then.
      await run.pass(2, 'renewed')
      await run.pass(29, 'refused')
      const name = await run.commit()
      assert.deepEqual(
        (await run.sets.list(call)).map((it) => [it.name, it.state]),
        [[name, 'complete']],
      )
    })
  }
})
