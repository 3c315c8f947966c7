import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openFolder, withFolder } from '../files/folder.ts'
import { bootId, hostId } from '../process/identity/host-id.ts'
import { openWorkFolder, PART_PREFIX } from './work-folder.ts'

const DAY_MS = 86_400_000
const HOSTS = { here: `${hostId()} ${bootId()}`, elsewhere: `${'0'.repeat(32)} ${bootId()}`, clone: `${hostId()} another`, unknown: '' }

/** Those of unlocked work folders of these hosts that remain when this host makes one. */
async function remaining(t: TestContext, { seesLocks, daysAgo = 0 }: { readonly seesLocks: boolean; readonly daysAgo?: number }) {
  const path = mkdtempSync(join(tmpdir(), 'parts-'))
  t.after(() => rmSync(path, { recursive: true }))
  for (const [name, host] of Object.entries(HOSTS)) {
    const part = join(path, PART_PREFIX + name)
    mkdirSync(part, { mode: 0o700 })
    writeFileSync(join(part, 'work-folder'), `${PART_PREFIX}${name}\n${host === '' ? '' : `${host}\n`}`)
    writeFileSync(join(part, 'archive'), 'x')
    const at = new Date(Date.now() - daysAgo * DAY_MS)
    for (const entry of ['work-folder', 'archive', '']) utimesSync(join(part, entry), at, at)
  }
  return await withFolder(openFolder(path), async (above) => {
    const part = await openWorkFolder(above, () => seesLocks)
    assert.ok(readdirSync(path).includes(part.name))
    await part.remove()
    return readdirSync(path).map((name) => name.slice(PART_PREFIX.length))
  })
}

describe('the work folder of another host in the same folder', () => {
  it('is kept if its lock is not visible, and removed after a week without changes', async (t) => {
    assert.deepEqual((await remaining(t, { seesLocks: false })).toSorted(), ['clone', 'elsewhere', 'unknown'])
    assert.deepEqual(await remaining(t, { seesLocks: false, daysAgo: 8 }), [])
  })

  it('is removed if no process holds its lock', async (t) => {
    assert.deepEqual(await remaining(t, { seesLocks: true }), [])
  })
})
