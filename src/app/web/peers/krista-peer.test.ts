import assert from 'node:assert/strict'
import { it } from 'node:test'
import { readKristaAnswers } from './krista-peer.ts'

const si = { name: 'srv1', flask: true, msg: 'ок', errors: '' }
const run = (name: string, more: object = {}) => ({ name, debugname: '', exist: true, error: false, warning: false, msg: '', ...more })
const stateOf = (logs: unknown) => readKristaAnswers(si, { full_name: 'srv1', schedules: {}, logs })?.state

it('a host of the ancestor is ok only if its last run was read and parsed', () => {
  const good = run('a-20260301_020000.log')
  assert.equal(stateOf({ 2026: [good] }), 'ok')
  for (const [logs, state] of [
    [{ 2026: [good, run('a-20260302_020000.log', { error: true, msg: 'ERROR' })] }, 'failed'],
    [{ 2026: [good, run('a-20260302_020000.log', { warning: true, msg: 'WARNING could not read the log', unread: true })] }, 'unknown'],
    [{ 2025: [good], 2026: [{ ...good, error: 'perhaps' }] }, 'unknown'],
    [{ 2026: [run('named-by-nobody.log')] }, 'unknown'],
    [{ krista_backup: [good] }, 'unknown'],
    [{}, 'unknown'],
    [[], 'unknown'],
    [undefined, 'unknown'],
  ] as const)
    assert.equal(stateOf(logs), state, JSON.stringify(logs))
  assert.equal(readKristaAnswers(si, 'no configuration')?.state, 'unknown')
  assert.equal(readKristaAnswers({ ...si, msg: 'триггер-файл' }, 'no configuration')?.state, 'failed')
})

it('a log that was not read counts neither as a good run nor as a failed one', () => {
  const logs = { 2026: [run('a-20260301_020000.log'), run('a-20260302_020000.log', { unread: true }), run('a-20260303_020000.log', { error: true })] }
  const facts = readKristaAnswers(si, { full_name: 'srv1', schedules: {}, logs })
  assert.deepEqual([facts?.lastGood?.getDate(), facts?.failuresSince], [1, 1])
})
