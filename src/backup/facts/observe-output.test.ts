import assert from 'node:assert/strict'
import { it } from 'node:test'
import { command } from '../../../test/support/commands.ts'
import { observeOutput } from './observe-output.ts'

it('keeps the size of a dump that was passed on, if it is stored without filters, so that a shorter file is found', () => {
  const { watch, facts } = observeOutput({
    path: 'db.sql',
    stages: [command(['pg_dump']), command(['tee'])],
    source: { kind: 'ldap' },
    endMark: { stage: 1, pattern: '$' },
  } as unknown as Parameters<typeof observeOutput>[0])
  watch?.see(Buffer.from('dn: o=x\n\n'))
  assert.deepEqual(facts({ digest: { bytes: 3, sha256: 'a' }, stages: [] }), { bytes: 9, sha256: 'a' })
  assert.equal(facts({ digest: { bytes: 0, sha256: '' }, stages: [] }), undefined)
})
