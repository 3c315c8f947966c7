import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { command } from '../../../test/support/commands.ts'
import { describeCheck } from './describe-check.ts'

describe('describeCheck', () => {
  it('puts each kind in words, on one line, without secrets', () => {
    const timeoutMs = 1000
    const percent = { kind: 'percent', percent: 5 } as const
    const dig = command(['dig'])
    const space = { warn: percent, fail: percent, warnInodesPercent: 1, failInodesPercent: 1, timeoutMs }
    const plugin = command(['check_http', '--password=CANARY', '-H', 'a\nb'])
    assert.deepEqual(
      [
        describeCheck({ kind: 'dnssec', names: ['example.org', '.'], types: ['A', 'MX'], warnMs: 1, failMs: 1, timeoutMs, dig }),
        describeCheck({ kind: 'disk-space', paths: ['/', '/a "b"'], ...space }),
        describeCheck({ kind: 'freshness', task: 't', timeoutMs }),
        describeCheck({ kind: 'freshness', task: 't', step: 's', timeoutMs }),
        describeCheck({ kind: 'exec', command: plugin, timeoutMs }),
      ],
      [
        'check DNSSEC of example.org, . (A, MX)',
        'check the free space of "/", "/a \\"b\\""',
        'check the age of the last sets of task "t"',
        'check the age of the last sets of task "t", step "s"',
        'check with check_http --password=… -H a\\nb',
      ],
    )
  })
})
