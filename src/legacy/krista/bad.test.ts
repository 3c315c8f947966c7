import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadText, tell } from '../../../test/support/krista.ts'

const folder = fileURLToPath(new URL('../../../test/golden/krista/bad/', import.meta.url))
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .sort()

describe('bad configurations', () => {
  it('are many', () => assert.ok(names.length >= 130))

  it('are reported with the recorded messages', async (t) => {
    const told: string[] = []
    for (const name of names) {
      const { plan, issues } = await loadText(readFileSync(folder + name))
      told.push(`## ${name}${plan ? ': the rest can be run' : ''}\n${tell(issues)}`)
    }
    // Renewed by --test-update-snapshots.
    t.assert.fileSnapshot(told.join('\n'), `${folder}messages.txt`, { serializers: [String] })
  })

  for (const name of names)
    it(`${name} has an error, each message in our form`, async () => {
      const { plan, issues } = await loadText(readFileSync(folder + name))
      assert.ok(issues.some((it) => it.severity === 'error'))
      for (const { message, hint, line, column } of issues) {
        assert.match(message, /^["a-z].*[^.]$/u)
        if (!name.startsWith('yaml-')) assert.ok(hint, message)
        assert.match(hint ?? 'None.', /^[A-Z{].*[.?…]$/u)
        assert.ok((line ?? 0) >= 1 && (column ?? 0) >= 1, 'every fault of these files has a place')
      }
      // Whatever is wrong in an action or a task fails there, and nowhere else.
      assert.equal(plan !== undefined, /^(?:action|task)-|^scheme-text/u.test(name))
    })
})
