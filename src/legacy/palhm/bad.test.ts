import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { HOST, plainValue, renderIssues } from '../../../test/support/palhm.ts'
import { diskReader } from '../../../test/support/readers.ts'
import { readJson } from '../../document/json/read-json.ts'
import { loadPalhm } from './load.ts'
import { palhmSchema } from './schema.ts'

const folder = fileURLToPath(new URL('../../../test/golden/palhm/bad/', import.meta.url))
const names = readdirSync(folder)
  .filter((name) => /\.jsonc?$/u.test(name))
  .sort()

describe('bad configurations', () => {
  it('are many', () => assert.ok(names.length >= 100))

  it('are refused with the messages on record', async (t) => {
    const told: string[] = []
    for (const name of names) {
      const { issues } = await loadPalhm(folder + name, { reader: diskReader, host: HOST })
      told.push(`## ${name}\n${renderIssues(issues).replaceAll(folder, '')}`)
    }
    // Renewed by --test-update-snapshots.
    t.assert.fileSnapshot(told.join('\n'), `${folder}messages.txt`, { serializers: [String] })
  })

  for (const name of names)
    it(`${name} is refused, each message in our form`, async () => {
      const { plan, issues } = await loadPalhm(folder + name, { reader: diskReader, host: HOST })
      assert.equal(plan, undefined)
      assert.ok(issues.some((it) => it.severity === 'error'))
      for (const { message, hint, line, column } of issues) {
        assert.match(message, /^["a-z].*[^.]$/u)
        assert.match(hint ?? 'None.', /^[A-Z{].*[.?…]$/u)
        assert.ok((line ?? 0) >= 1 && (column ?? 0) >= 1, 'every fault of these files has a place')
      }
    })

  for (const name of names.filter((it) => it.endsWith('.jsonc'))) {
    const text = readFileSync(folder + name)
    const [mark] = text.toString().split('\n')
    if (mark !== '// wrong form' && mark !== '// right form, wrong sense') continue
    it(`${name}: the schema ${mark === '// wrong form' ? 'refuses it too' : 'cannot know'}`, () => {
      const { root } = readJson(text, 'jsonc')
      assert.ok(root)
      assert.equal(palhmSchema.safeParse(plainValue(root)).success, mark !== '// wrong form')
    })
  }
})
