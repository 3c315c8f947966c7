import assert from 'node:assert/strict'
import { it } from 'node:test'
import { describeObjectDrills } from './describe-drill.ts'
import type { DrillEnd, ObjectDrill } from './drill-result.ts'

function drill(path: string, reason: string, end: DrillEnd = 'inconclusive'): ObjectDrill {
  return { path, end, reasons: [reason], asked: [], notAsked: [], bytes: 0, durationMs: 0 }
}

it('objects that lack the same key are on one line', () => {
  const drills = [
    drill('a', 'is encrypted: no key x'),
    drill('b', 'is damaged', 'failed'),
    drill('c', 'is encrypted: no key x'),
    drill('d', 'is encrypted: no key y'),
  ]
  assert.deepEqual(describeObjectDrills(drills), [
    'inconclusive: 2 objects are encrypted ("a", "c"): no key x',
    'failed: "b" is damaged',
    'inconclusive: "d" is encrypted: no key y',
  ])
})
