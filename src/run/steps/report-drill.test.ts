import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ObjectDrill } from '../../backup/drill/drill-result.ts'
import type { BackupEvent } from '../../backup/set/events.ts'
import { countReading } from '../../backup/store/read-progress.ts'
import { joinActivities } from '../../process/join-activities.ts'
import { reportDrill } from './report-drill.ts'

const NOTHING = { reasons: [], asked: [], notAsked: [], bytes: 7, durationMs: 5 }

function watch(progressMs: number | undefined) {
  const clock = { ms: 0 }
  const events: BackupEvent[] = []
  const drill = { step: 's', set: '2026', storage: '/b', progressMs, nowMs: () => clock.ms, emit: (event: BackupEvent) => events.push(event) }
  const report = reportDrill(drill)
  const objects = ['a', 'b'].map((path) => ({ path, bytes: 100 }))
  const count = countReading(objects, { onProgress: report.onProgress, atOnce: true })
  const end = (path: string, how: ObjectDrill['end']) => {
    count.finish(path)
    report.onObject({ ...NOTHING, path, end: how })
  }
  return { clock, events, count, end }
}

const ofObject = (path: string) => ({ step: 's', path })

it('reports the objects of a drill as they begin, are read and end', () => {
  const { clock, events, count, end } = watch(1000)
  const activity = joinActivities('files', (it) => count.of('a').onActivity?.(it))
  count.add('a', 10)
  clock.ms = 999
  count.add('a', 10)
  activity.first({ stages: [{ program: 'zstd', cores: 1 }], slowest: 0 })
  clock.ms = 1000
  activity.second({ stages: [{ program: 'unshare', cores: 0.5 }] })
  clock.ms = 2000
  count.add('b', 1)
  count.add('a', 30)
  end('a', 'proven')
  // Tried again: it begins only once.
  count.forget('b')
  count.add('b', 1)
  end('b', 'failed')
  end('c', 'inconclusive')
  end('d', 'read')
  const stages = [
    { program: 'zstd', cores: 1 },
    { program: 'files', cores: 0.5 },
  ]
  const ended = { durationMs: 5, isDrill: true }
  assert.deepEqual(events, [
    { kind: 'set-began', step: 's', storage: '/b', objects: 2, drilled: '2026' },
    { kind: 'object-began', ...ofObject('a'), expectedBytes: 100, isDrill: true },
    { kind: 'object-progress', ...ofObject('a'), bytes: 20, pipeline: { stages, slowest: 0 } },
    { kind: 'object-progress', ...ofObject('a'), bytes: 20 },
    { kind: 'object-began', ...ofObject('b'), expectedBytes: 100, isDrill: true },
    { kind: 'object-ended', ...ofObject('a'), ...ended, bytes: 100 },
    { kind: 'object-failed', ...ofObject('b'), ...ended, stopped: false, stages: [] },
    { kind: 'object-began', ...ofObject('c'), isDrill: true },
    { kind: 'object-failed', ...ofObject('c'), ...ended, stopped: true, stages: [] },
    { kind: 'object-began', ...ofObject('d'), isDrill: true },
    { kind: 'object-ended', ...ofObject('d'), ...ended, isOnlyRead: true },
  ])
})

it('reports no progress without an observer', () => {
  const { clock, events, count } = watch(undefined)
  count.add('a', 10)
  clock.ms = 10_000
  count.add('a', 10)
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['set-began', 'object-began'],
  )
})

it('names the part for which the others wait', () => {
  const found: (number | undefined)[] = []
  const activity = joinActivities('files', ({ slowest }) => found.push(slowest))
  const zstd = { stages: [{ program: 'zstd' }] }
  activity.second({ stages: [{ program: 'unshare' }], slowest: 0 })
  activity.first({ ...zstd, slowest: 1 })
  activity.second({ stages: [{ program: 'unshare' }], slowest: 1 })
  activity.first(zstd)
  activity.first({ ...zstd, slowest: 0 })
  assert.deepEqual(found, [0, 1, 1, undefined, 0])
})
