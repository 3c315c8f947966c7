import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadText } from '../../../test/support/native.ts'

describe('the guide to monitoring', () => {
  it('shows a configuration that loads without a warning', async () => {
    const page = readFileSync(fileURLToPath(new URL('../../../docs/guide/monitoring.md', import.meta.url)), 'utf8')
    const [text = ''] = [...page.matchAll(/^```yaml\n(?<text>.*?)^```$/gmsu)].map(({ groups }) => groups?.['text'])
    const { plan, errors, warnings } = await loadText(text)
    assert.deepEqual({ errors, warnings }, { errors: '', warnings: '' })
    assert.equal(plan?.runLogs?.triggerFile, '/var/lib/holdfast/trigger')
  })
})
