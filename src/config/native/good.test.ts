import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { NATIVE_HOST } from '../../../test/support/native.ts'
import { diskReader } from '../../../test/support/readers.ts'
import { renderIssues } from '../render-issues.ts'
import { renderPlan } from '../show.ts'
import { loadNative } from './load.ts'

const golden = fileURLToPath(new URL('../../../test/golden/native/', import.meta.url))
const names = readdirSync(`${golden}good`).filter((name) => name.endsWith('.yaml'))

describe('good configurations', () => {
  for (const name of names)
    it(`${name} makes the plan on record`, async (t) => {
      const { plan, issues } = await loadNative(`${golden}good/${name}`, { reader: diskReader, host: NATIVE_HOST })
      assert.ok(plan, renderIssues(issues))
      const text = `${renderIssues(issues)}${renderPlan(plan)}`.replaceAll(`${golden}good/`, '')
      // Renewed by --test-update-snapshots.
      t.assert.fileSnapshot(text, `${golden}shown/${name}.txt`, { serializers: [String] })
    })
})
