import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { NATIVE_HOST } from '../../../test/support/native.ts'
import { diskReader } from '../../../test/support/readers.ts'
import { renderIssues } from '../render-issues.ts'
import { zodOf } from './form/zod-form.ts'
import { loadNative } from './load.ts'
import { nativeSchema } from './schema/schema.ts'

const folder = fileURLToPath(new URL('../../../test/golden/native/bad/', import.meta.url))
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
const load = (name: string) => loadNative(folder + name, { reader: diskReader, host: NATIVE_HOST })

describe('bad configurations', () => {
  it('are many', () => assert.ok(names.length >= 100))

  it('are refused with the messages on record', async (t) => {
    const told: string[] = []
    for (const name of names) told.push(`## ${name}\n${renderIssues((await load(name)).issues).replaceAll(folder, '')}`)
    assert.doesNotMatch(told.join(''), /CANARY/u, 'no value that may be a secret is told')
    // Renewed by --test-update-snapshots.
    t.assert.fileSnapshot(told.join('\n'), `${folder}messages.txt`, { serializers: [String] })
  })

  for (const name of names)
    it(`${name} is refused, each message in our form`, async () => {
      const { plan, issues } = await load(name)
      assert.equal(plan, undefined)
      assert.ok(issues.some((it) => it.severity === 'error'))
      for (const { message, hint, line, column } of issues) {
        assert.match(message, /^["a-zGKILMRSTUV].*[^.]$/u)
        assert.match(hint ?? 'None.', /^[A-Z"{].*[.?…]$/u)
        assert.ok((line ?? 0) >= 1 && (column ?? 0) >= 1, 'every fault of these files has a place')
      }
    })

  for (const name of names) {
    const [mark] = readFileSync(folder + name, 'utf8').split('\n')
    if (mark !== '# wrong form' && mark !== '# right form, wrong sense') continue
    it(`${name}: the schema ${mark === '# wrong form' ? 'refuses it too' : 'cannot know'}`, () => {
      const value: unknown = parse(readFileSync(folder + name, 'utf8'))
      assert.equal(zodOf(nativeSchema).safeParse(value).success, mark !== '# wrong form')
    })
  }
})
