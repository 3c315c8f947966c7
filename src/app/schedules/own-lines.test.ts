import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Plan } from '../../plan/plan.ts'
import { findsByItself, ownLines } from './own-lines.ts'

let top: string

before(() => {
  top = mkdtempSync(join(tmpdir(), 'own-lines-'))
})
after(() => rmSync(top, { recursive: true }))

describe('ownLines', () => {
  it('does not fail for a line with a path that cannot be followed', async () => {
    const file = join(top, 'holdfast.yaml')
    const loop = join(top, 'loop')
    writeFileSync(file, '')
    symlinkSync(loop, loop)
    const own = `0 1 * * * /usr/bin/holdfast -f ${file} run etc # etc`
    const other = `0 2 * * * /usr/bin/holdfast -f ${loop} run etc # etc`
    const notes: string[] = []
    const lines = await ownLines(`${own}\n${other}\n`, 'etc', { plan: { file } as Plan, note: (text) => notes.push(text) })
    assert.deepEqual([...lines], [`${own}\n`])
    assert.deepEqual(
      notes.map((it) => it.endsWith(other)),
      [true],
    )
    assert.equal(await findsByItself('/usr/bin/holdfast', loop), false)
  })
})
