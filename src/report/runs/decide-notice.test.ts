import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decideNotice, type LastNotice, type NoticeFacts } from './decide-notice.ts'

const NOW = new Date('2026-02-01T00:00:00Z')
const DAY_MS = 86_400_000
const facts = (options: Partial<NoticeFacts> = {}): NoticeFacts => ({
  cause: undefined,
  hasNotes: false,
  lastNotice: undefined,
  failedBefore: false,
  now: NOW,
  ...options,
})
const change = { on: ['change'], remindMs: 7 * DAY_MS } as const
const ago = (days: number, cause?: string): LastNotice => ({ at: new Date(NOW.getTime() - days * DAY_MS), ...(cause !== undefined && { cause }) })

describe('decideNotice', () => {
  it('reports changes: a failure once, another cause, and the recovery', () => {
    const table: readonly (readonly [Partial<NoticeFacts>, ReturnType<typeof decideNotice>])[] = [
      [{}, undefined],
      [{ hasNotes: true }, undefined],
      [{ lastNotice: ago(1) }, undefined],
      [{ cause: 'x' }, 'failure'],
      [{ cause: 'x', lastNotice: ago(1) }, 'failure'],
      [{ cause: 'x', lastNotice: ago(1, 'x') }, undefined],
      [{ cause: 'x', lastNotice: ago(1, 'x'), failedBefore: true }, undefined],
      [{ cause: 'x', lastNotice: ago(1, 'y') }, 'failure'],
      [{ cause: 'x', lastNotice: ago(7, 'x') }, 'reminder'],
      [{ lastNotice: ago(1, 'x'), failedBefore: true }, 'recovery'],
      [{ lastNotice: ago(1, 'x'), failedBefore: false }, 'recovery'],
      // What failed could not be reported, or the run was killed.
      [{ lastNotice: ago(1), failedBefore: true }, 'recovery'],
      [{ failedBefore: true }, 'recovery'],
    ]
    for (const [given, wanted] of table) assert.equal(decideNotice(change, facts(given)), wanted, JSON.stringify(given))
    assert.equal(decideNotice({ ...change, remindMs: 0 }, facts({ cause: 'x', lastNotice: ago(99, 'x') })), undefined)
  })

  it('reports each failure, success or note on request', () => {
    const bad = facts({ cause: 'x', lastNotice: ago(1, 'x') })
    assert.equal(decideNotice({ on: ['failure'], remindMs: 0 }, bad), 'reminder')
    assert.equal(decideNotice({ on: ['success', 'warnings'], remindMs: 0 }, bad), undefined)
    assert.equal(decideNotice({ on: ['always'], remindMs: 0 }, bad), 'reminder')
    assert.equal(decideNotice({ on: ['success'], remindMs: 0 }, facts()), 'success')
    assert.equal(decideNotice({ on: ['success'], remindMs: 0 }, facts({ hasNotes: true })), 'warnings')
    assert.equal(decideNotice({ on: ['warnings'], remindMs: 0 }, facts()), undefined)
    assert.equal(decideNotice({ on: ['warnings', 'change'], remindMs: 0 }, facts({ hasNotes: true })), 'warnings')
    assert.equal(decideNotice({ on: ['failure'], remindMs: 0 }, facts({ lastNotice: ago(1, 'x') })), undefined)
  })

  it('always corrects an outdated notification, however runs end and whichever messages are delivered', () => {
    const run = fc.record({ cause: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }), arrives: fc.boolean() })
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 30 }), (runs) => {
        let lastNotice: LastNotice | undefined
        let before: string | undefined
        for (const [day, { cause, arrives }] of runs.entries()) {
          const now = new Date(NOW.getTime() + day * DAY_MS)
          const event = decideNotice(change, facts({ cause, lastNotice, failedBefore: before !== undefined, now }))
          const wasRight = lastNotice?.cause === cause
          if (event !== undefined && arrives) lastNotice = { at: now, ...(cause !== undefined && { cause }) }
          // A notification that is not sent now was delivered before; a failed one is sent after the next run.
          assert.ok(event !== undefined || wasRight)
          before = cause
        }
      }),
    )
  })
})
