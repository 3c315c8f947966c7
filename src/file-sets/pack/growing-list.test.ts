import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { openFolder } from '../../files/folder.ts'
import { createByteFile } from '../byte-file.ts'
import { accountNames } from './account-names.ts'
import { growingList } from './growing-list.ts'

it('a list that grows has the names of owners before their entries, each once, and an end only if it is complete', async (t) => {
  const top = mkdtempSync(join(tmpdir(), 'growing-'))
  t.after(() => rmSync(top, { recursive: true }))
  const folder = await openFolder(top)
  for (const isComplete of [true, false]) {
    const owners = { passwd: new Set([0]), group: new Set([0, 987_654_321]) }
    const file = await createByteFile({ folder, name: String(isComplete) }, 10)
    const list = growingList(file, owners, accountNames(new AbortController().signal))
    const bytes = list.bytes()
    const next = async () => String((await bytes.next()).value)
    file.add('the first entry\0')
    await file.drain()
    assert.deepEqual([await next(), await next()], ['u0 root\0g0 root\0', 'the first entry\0'])
    const second = next()
    owners.passwd.add(1)
    file.add('the second entry\0')
    await file.drain()
    list.grew()
    assert.deepEqual([await second, await next()], ['u1 daemon\0', 'the second entry\0'])
    const third = next()
    file.add('end\0')
    await file.finish()
    if (isComplete) list.end()
    else list.abandon()
    assert.deepEqual(
      [await third, ...(isComplete ? [await next()] : []), (await bytes.next()).done],
      isComplete ? ['end\0', '\0', true] : ['undefined', true],
    )
  }
})
