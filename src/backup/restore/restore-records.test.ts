import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { temporaryFolder } from '../../../test/support/localfs.ts'
import { hostId } from '../../process/identity/host-id.ts'
import { sweepDeadRestores } from './restore-records.ts'

it('a record that is removed while a run looks for killed restores is not reported', async (t) => {
  const destination = temporaryFolder(t)
  const owner = { host: hostId(), boot: 'another', pid: 1, start: 1 }
  // The records are in what a killed restore left: whichever is read first, its sweep removes the other one.
  const staging = join(destination, '.holdfast-restore-x')
  const records = join(staging, 'records')
  mkdirSync(records, { recursive: true, mode: 0o700 })
  writeFileSync(join(staging, 'owner.json'), JSON.stringify(owner))
  for (const name of ['a.json', 'b.json']) writeFileSync(join(records, name), JSON.stringify({ ...owner, destination }))
  assert.deepEqual(await sweepDeadRestores(records), [])
  assert.equal(existsSync(staging), false)
})
