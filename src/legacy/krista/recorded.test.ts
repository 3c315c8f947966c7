import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadText, renderKrista, tell, WITHOUT_PLAN } from '../../../test/support/krista.ts'

const folder = fileURLToPath(new URL('../../../test/golden/krista/recorded/', import.meta.url))
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .sort()

describe('configurations of the ancestor', () => {
  it('load, but for those that could not be run', async () => {
    const refused: string[] = []
    for (const name of names) if ((await loadText(readFileSync(folder + name))).plan === undefined) refused.push(name)
    assert.deepEqual(refused, [...WITHOUT_PLAN].sort())
  })

  for (const name of names)
    it(`${name} is understood as on record`, async (t) => {
      const { plan, issues } = await loadText(readFileSync(folder + name))
      const text = `${tell(issues)}\n${plan ? renderKrista(plan) : 'no plan\n'}`
      // Renewed by --test-update-snapshots.
      t.assert.fileSnapshot(text, `${folder}${name.replace(/\.yaml$/u, '.txt')}`, { serializers: [String] })
    })
})
