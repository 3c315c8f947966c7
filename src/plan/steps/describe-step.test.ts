import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { command } from '../../../test/support/commands.ts'
import type { BackupStep } from '../plan.ts'
import { describeCheck, describeStep, describeStorage } from './describe-step.ts'

const object = { path: 'a', stages: [], group: 'default', after: [] }
const backup: BackupStep = { kind: 'backup', name: 'b', targets: [{ storage: { kind: 'null' }, keep: {} }], require: 'all', objects: [object] }

describe('describeStep', () => {
  it('puts each kind in words, on one line, without values of the environment', () => {
    const secret = command(['/bin/echo', 'a\nb'], { environment: { kind: 'exactly', values: { PASSWORD: 'hunter2' } } })
    assert.equal(describeStep({ kind: 'exec', command: secret }), 'PASSWORD=… /bin/echo a\\nb')
    assert.equal(describeStep({ kind: 'task', task: 'sub' }), 'task "sub"')
    assert.equal(describeStep(backup), 'back up 1 object to nowhere (null)')
    assert.equal(describeStep({ ...backup, objects: [object, { ...object, path: 'b' }] }), 'back up 2 objects to nowhere (null)')
    const changes = [
      { action: 'block', signals: ['SIGTERM', 'SIGINT'] },
      { action: 'unblock', signals: ['SIGHUP'] },
    ] as const
    assert.equal(describeStep({ kind: 'signals', changes }), 'block SIGTERM SIGINT, unblock SIGHUP')
  })
})

describe('describeStorage', () => {
  it('contains the location', () => {
    assert.equal(describeStorage({ kind: 'localfs', root: '/a "b"', folderMode: 0, fileMode: 0, completeWhen: 'folder' }), '"/a \\"b\\""')
    assert.equal(describeStorage({ kind: 's3', profile: 'p', bucket: 'b', root: 'r/s', completeWhen: 'folder' }), '"s3://b/r/s"')
  })
})

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
