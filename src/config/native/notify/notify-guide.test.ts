import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadText } from '../../../../test/support/native.ts'
import { PLACEHOLDERS } from '../../../plan/notify.ts'

const read = (page: string) => readFileSync(fileURLToPath(new URL(`../../../../docs/guide/${page}.md`, import.meta.url)), 'utf8')
const blocksOf = (page: string) =>
  [...read(page).matchAll(/^(?<indent> *)```yaml\n(?<text>.*?)^ *```$/gmsu)].map(({ groups }) => groups?.['text'] ?? '')

const TASKS = 'tasks: { a: { steps: [] } }\n'

describe('the guide', () => {
  it('shows notifiers that load without a warning', async () => {
    const [first = '', own = ''] = blocksOf('notify')
    for (const text of [first, `notifiers:\n${own}`]) {
      const { errors, warnings } = await loadText(`version: 1\n${text}${TASKS}`)
      assert.deepEqual({ errors, warnings }, { errors: '', warnings: '' }, text)
    }
  })

  it('shows a boot report that loads', async () => {
    const [first = ''] = blocksOf('boot-report')
    const { plan, errors } = await loadText(`version: 1\n${first}${TASKS}`)
    assert.equal(plan?.bootReport?.waitFor, 'systemd', errors)
  })

  it('names every placeholder', () => {
    for (const name of PLACEHOLDERS) assert.ok(read('notify').includes(`\`{${name}}\``), name)
  })
})
