import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadText, NATIVE_HOST } from '../../../test/support/native.ts'
import { diskReader } from '../../../test/support/readers.ts'
import { renderIssues } from '../render-issues.ts'
import { loadNative } from './load.ts'

const checkout = fileURLToPath(new URL('../../..', import.meta.url))

describe('examples', () => {
  for (const name of globSync('examples/native/*.yaml', { cwd: checkout }))
    it(`${name} loads, and names the schema for editors`, async () => {
      const { plan, issues } = await loadNative(checkout + name, { reader: diskReader, host: NATIVE_HOST })
      assert.ok(plan, renderIssues(issues))
      assert.match(readFileSync(checkout + name, 'utf8'), /^# yaml-language-server: \$schema=\.\.\/\.\.\/share\/holdfast\.schema\.json\n/u)
    })

  it('of the first steps load', async () => {
    const guide = readFileSync(`${checkout}docs/guide/first-steps.md`, 'utf8')
    const [whole = '', objects = '', keys = ''] = [...guide.matchAll(/^```yaml\n(.*?)^```$/gmsu)].map((it) => it[1] ?? '')
    const { errors, warnings } = await loadText(`${whole}${objects}${keys}`)
    assert.deepEqual({ errors, warnings }, { errors: '', warnings: '' })
  })
})
