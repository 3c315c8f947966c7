import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { loadText } from '../../../test/support/krista.ts'
import { ACTION_TYPES, TOP_KEYS } from './keys.ts'

const text = readFileSync(new URL('../../../examples/krista/config.yaml', import.meta.url), 'utf8')

describe('the example', () => {
  it('loads without warnings', async () => {
    const { plan, issues } = await loadText(text)
    assert.deepEqual(issues, [])
    assert.equal(plan?.tasks.size, 4)
    for (const { steps } of [...(plan?.tasks.values() ?? []), ...(plan?.parts?.values() ?? [])])
      assert.ok(!steps.some(({ kind }) => kind === 'issue'))
  })

  it('has every section and every type', () => {
    for (const key of Object.keys(TOP_KEYS)) assert.match(text, new RegExp(`^${key}:`, 'mu'))
    for (const type of ACTION_TYPES) assert.match(text, new RegExp(`type: ${type}\\b`, 'u'))
  })
})
